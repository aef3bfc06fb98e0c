package dev.carryover.training.report;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.UnknownTokenPolicy;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.runtime.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What goes on inside a model while it reads one sequence: the hidden state after every step and
 * the gates that made it. States are those of {@code model/runtime}; gates follow from the states
 * before and the weights, by the cell's equations.
 *
 * <pre>{@code
 * StateTrace trace = StateTrace.ofTokens(ModelFileReader.read(path), List.of("E5", "E22", "E11"));
 * System.out.print(trace.toText(64));
 * trace.writePng(Path.of("trace.png"));
 * }</pre>
 *
 * <p>Shapes: {@code T} steps, {@code L} layers, {@code H} units. Immutable.
 */
public final class StateTrace {
  private final ModelConfig config;
  private final List<Step> steps;
  private final List<Plane> planes;

  /**
   * One step.
   *
   * @param input the token, as the model read it, or the place of the features
   * @param surprisal of the token before it was read, in nats; NaN where the model gives none
   * @param rank of the token before it was read, 0 = most likely; -1 where the model gives none
   */
  public record Step(String input, float surprisal, int rank) {}

  /**
   * One quantity of one layer over all steps.
   *
   * @param layer counted from 0
   * @param name {@code h}, {@code c}, or the gate's letter
   * @param scale between which values it lies
   * @param values {@code [T][H]}
   */
  public record Plane(int layer, String name, Figure.Scale scale, float[][] values) {}

  private StateTrace(ModelConfig config, List<Step> steps, List<Plane> planes) {
    this.config = config;
    this.steps = List.copyOf(steps);
    this.planes = List.copyOf(planes);
  }

  /**
   * Reads tokens. When the vocabulary has a begin token, it is the first step.
   *
   * @param tokens those that the vocabulary lacks are read as its unknown token
   * @throws IllegalArgumentException when there are none, the model reads features, or a token is
   *     not in the vocabulary and there is no unknown token
   */
  public static StateTrace ofTokens(ModelFile model, List<String> tokens) {
    ModelConfig config = model.config();
    if (!config.tokenInput()) {
      throw new IllegalArgumentException(
          "model '%s' reads %d features and was given tokens; give it features"
              .formatted(config.modelId(), config.inputSize()));
    }
    Vocabulary vocabulary = config.vocabulary();
    List<Integer> ids = new ArrayList<>();
    boolean begun = !tokens.isEmpty() && tokens.get(0).equals(vocabulary.specialTokens().begin());
    if (vocabulary.beginId() != Vocabulary.ABSENT && !begun) {
      ids.add(vocabulary.beginId());
    }
    for (String token : tokens) {
      int id = vocabulary.id(token, UnknownTokenPolicy.MAP);
      if (id == Vocabulary.ABSENT) {
        throw new IllegalArgumentException(
            "token '%s' is not among the %d of model '%s', which has no unknown token; leave it out"
                .formatted(token, vocabulary.size(), config.modelId()));
      }
      ids.add(id);
    }
    checkSteps(tokens.size());
    Tracer tracer = new Tracer(model);
    ids.forEach(tracer::readToken);
    return tracer.trace();
  }

  /**
   * Reads feature vectors.
   *
   * @param features {@code [T][F]}, as events carry them
   * @throws IllegalArgumentException when there are none, or the model reads something else
   */
  public static StateTrace ofFeatures(ModelFile model, float[][] features) {
    checkSteps(features.length);
    Tracer tracer = new Tracer(model);
    for (float[] step : features) {
      tracer.readFeatures(step);
    }
    return tracer.trace();
  }

  private static void checkSteps(int count) {
    if (count == 0) {
      throw new IllegalArgumentException("there are 0 steps to trace; give at least 1");
    }
  }

  /** The steps in order. */
  public List<Step> steps() {
    return steps;
  }

  /** Of every layer, from the lowest: h, c if it is an LSTM, and the gates. */
  public List<Plane> planes() {
    return planes;
  }

  /**
   * One quantity of one layer.
   *
   * @throws IllegalArgumentException when the model has none of this name
   */
  public Plane plane(int layer, String name) {
    return planes.stream()
        .filter(plane -> plane.layer() == layer && plane.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no '%s' of layer %d; layers are 0 to %d, and each has %s"
                        .formatted(name, layer, config.layers() - 1, names())));
  }

  private String names() {
    return planes.stream().map(Plane::name).distinct().collect(Collectors.joining(", "));
  }

  /** The hidden state of a layer as a heat map. */
  public Figure.HeatMap hiddenState(int layer) {
    return heatMap(plane(layer, "h"));
  }

  /** A heat map of every plane. */
  public List<Figure.HeatMap> heatMaps() {
    return planes.stream().map(this::heatMap).toList();
  }

  private Figure.HeatMap heatMap(Plane plane) {
    return new Figure.HeatMap(
        "trace-layer-%d-%s".formatted(plane.layer(), plane.name()),
        "%s of layer %d".formatted(describe(plane), plane.layer()),
        "One column per step of the sequence, one row per hidden unit.",
        config.tokenInput() ? "token" : "step",
        "unit",
        steps.stream().map(Step::input).toList(),
        plane.scale(),
        plane.values());
  }

  private static String describe(Plane plane) {
    return switch (plane.name()) {
      case "h" -> "Hidden state h";
      case "c" -> "Cell state c";
      case "i" -> "Input gate i";
      case "f" -> "Forget gate f";
      case "g" -> "Candidate g";
      case "o" -> "Output gate o";
      case "r" -> "Reset gate r";
      case "z" -> "Update gate z";
      default -> "Candidate " + plane.name();
    };
  }

  /** Draws all planes, one below the other, into a PNG that appears whole or not at all. */
  public void writePng(Path path) throws IOException {
    Drawing.writePng(heatMaps(), path);
  }

  /**
   * The states as text: a line per step, a block character per hidden unit.
   *
   * @param width the most characters for the units of a layer; where a layer has more units, a
   *     character stands for neighbours and shows the one furthest from 0
   */
  public String toText(int width) {
    return text(planes.stream().filter(plane -> plane.name().equals("h")).toList(), width);
  }

  /** As {@link #toText}, with cell states and gates. */
  public String toTextWithGates(int width) {
    return text(planes, width);
  }

  private String text(List<Plane> shown, int width) {
    StringBuilder text = new StringBuilder();
    text.append(config).append('\n');
    for (Plane plane : shown) {
      text.append('\n').append(BlockText.table(describe(plane), plane, steps, width));
    }
    return text.toString();
  }

  /** Steps a session and keeps what the equations say beside it. */
  private static final class Tracer {
    private final ModelConfig config;
    private final float[] embedding;
    private final Session session;
    private final CellEquations[] equations;
    private final float[] state;
    private final List<Step> steps = new ArrayList<>();
    private final List<Map<String, List<float[]>>> layers = new ArrayList<>();

    Tracer(ModelFile model) {
      config = model.config();
      embedding = config.tokenInput() ? model.tensor("embedding.weight") : null;
      session = RecurrentModel.load(model).newSession(1);
      equations = new CellEquations[config.layers()];
      state = new float[config.stateLayout().floats()];
      for (int layer = 0; layer < equations.length; layer++) {
        equations[layer] = new CellEquations(model, layer);
        layers.add(new LinkedHashMap<>());
      }
    }

    void readToken(int id) {
      int row = session.addToken(state, id);
      int size = config.inputSize();
      float[] x = Arrays.copyOfRange(embedding, id * size, (id + 1) * size);
      boolean begin = steps.isEmpty() && id == config.vocabulary().beginId();
      boolean scored = config.task() == Task.NEXT_TOKEN && !begin;
      session.run();
      steps.add(
          new Step(
              config.vocabulary().token(id),
              scored ? session.surprisal(row) : Float.NaN,
              scored ? session.rank(row) : -1));
      advance(row, x);
    }

    void readFeatures(float[] features) {
      int row = session.addFeatures(state, features);
      float[] x = new float[features.length];
      config.features().normalize(features, x);
      session.run();
      steps.add(new Step(Integer.toString(steps.size()), Float.NaN, -1));
      advance(row, x);
    }

    private void advance(int row, float[] input) {
      float[] next = new float[state.length];
      session.readState(row, next);
      session.clear();
      float[] x = input;
      for (int layer = 0; layer < equations.length; layer++) {
        Map<String, float[]> values = equations[layer].step(x, h(state, layer), c(state, layer));
        x = h(next, layer);
        keep(layer, "h", x);
        if (config.cell() == Cell.LSTM) {
          keep(layer, "c", c(next, layer));
        }
        for (String gate : CellEquations.gateNames(config.cell())) {
          keep(layer, gate, values.get(gate));
        }
      }
      System.arraycopy(next, 0, state, 0, state.length);
    }

    private void keep(int layer, String name, float[] values) {
      layers.get(layer).computeIfAbsent(name, absent -> new ArrayList<>()).add(values);
    }

    private float[] h(float[] state, int layer) {
      int from = config.stateLayout().hOffset(layer);
      return Arrays.copyOfRange(state, from, from + config.hiddenSize());
    }

    private float[] c(float[] state, int layer) {
      if (config.cell() != Cell.LSTM) {
        return null;
      }
      int from = config.stateLayout().cOffset(layer);
      return Arrays.copyOfRange(state, from, from + config.hiddenSize());
    }

    StateTrace trace() {
      List<Plane> planes = new ArrayList<>();
      for (int layer = 0; layer < layers.size(); layer++) {
        for (Map.Entry<String, List<float[]>> entry : layers.get(layer).entrySet()) {
          planes.add(
              new Plane(
                  layer,
                  entry.getKey(),
                  scale(entry.getKey()),
                  entry.getValue().toArray(float[][]::new)));
        }
      }
      return new StateTrace(config, steps, planes);
    }

    private static Figure.Scale scale(String name) {
      return switch (name) {
        case "h", "c", "g", "n" -> Figure.Scale.SIGNED;
        default -> Figure.Scale.SHARE;
      };
    }
  }
}
