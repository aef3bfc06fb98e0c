package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.carryover.deploy.lessons.Lesson;
import dev.carryover.deploy.training.DataSource;
import dev.carryover.deploy.training.TrainingRecipe;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.model.spec.Task;
import dev.carryover.training.trainer.TrainingPlan;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files that people copy are valid. Tests run in the module's folder. */
class DeploymentFilesTest {

  static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("examples"))) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> !file.toString().endsWith(".train.yaml"))
          .sorted()
          .toList();
    }
  }

  static List<Path> recipes() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("examples"))) {
      return files.filter(file -> file.toString().endsWith(".train.yaml")).sorted().toList();
    }
  }

  @Test
  void thereAreRecipesForWordsForALogForATextAndForEveryLesson() throws IOException {
    assertThat(recipes())
        .containsExactly(
            Path.of("examples/cmudict.train.yaml"),
            Path.of("examples/hdfs.train.yaml"),
            Path.of("examples/lesson-beams.train.yaml"),
            Path.of("examples/lesson-reversal.train.yaml"),
            Path.of("examples/lesson-sampling.train.yaml"),
            Path.of("examples/lesson-words.train.yaml"),
            Path.of("examples/pronunciation-plain.train.yaml"),
            Path.of("examples/pronunciation.train.yaml"),
            Path.of("examples/shakespeare.train.yaml"));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyRecipeIsValidAndFitsItsTask(Path recipe) throws IOException, ConfigurationException {
    TrainingRecipe read = TrainingRecipe.read(recipe);
    DataSource source =
        DataSource.of(read.data(), read.folder(), List.of(Path.of("data")), warning -> {});
    Task task = read.data().ofPairs() ? Task.SEQ2SEQ : source.options().task();
    assertThat(task).isIn(Task.SEQ2SEQ, Task.NEXT_TOKEN);
    read.training().checkTask(task);
    assertThat(read.training().modelId()).isNotEqualTo(TrainingPlan.DEFAULTS.modelId());
  }

  @Test
  void everyLessonHasItsRecipe() throws IOException {
    for (Lesson lesson : Lesson.values()) {
      TrainingRecipe recipe = TrainingRecipe.read(lesson.recipe(Path.of("..")));
      assertThat(recipe.exercise() == null).as(lesson.label()).isEqualTo(lesson == Lesson.WORDS);
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyExampleIsAValidConfiguration(Path example) throws IOException, ConfigurationException {
    assertThat(parse(Files.readString(example), example.toString()).toString())
        .contains("job.name");
  }

  @Test
  void thereIsAnExampleForEachFormat() throws IOException {
    assertThat(examples())
        .containsExactly(
            Path.of("examples/avro.yaml"),
            Path.of("examples/events.yaml"),
            Path.of("examples/json.yaml"));
  }

  @Test
  void theSchemaOfTheAvroExampleHasTheFieldsOfItsMapping() throws IOException {
    JsonNode mapping = yaml("examples/avro.yaml").at("/events/mapping");
    Schema schema = new Schema.Parser().parse(new File("examples/sensor-reading.avsc"));
    assertThat(schema.getField(mapping.get("key").asText())).isNotNull();
    assertThat(schema.getField(mapping.get("timestamp").asText())).isNotNull();
    for (JsonNode feature : mapping.get("features")) {
      Schema at = schema;
      for (String name : feature.asText().split("\\.")) {
        assertThat(at.getField(name)).as(feature.asText()).isNotNull();
        at = at.getField(name).schema();
      }
    }
  }

  @Test
  void theKubernetesJobIsAValidConfigurationAndMountedWhereItIsRead()
      throws IOException, ConfigurationException {
    JsonNode config = yaml("kubernetes/job-config.yaml");
    parse(config.at("/data/job.yaml").asText(), "job.yaml");

    JsonNode deployment = yaml("kubernetes/flink-deployment.yaml");
    assertThat(deployment.at("/spec/job/args/1").asText()).isEqualTo("/opt/carryover/job/job.yaml");
    assertThat(
            deployment.at("/spec/podTemplate/spec/containers/0/volumeMounts/1/mountPath").asText())
        .isEqualTo("/opt/carryover/job");
    assertThat(deployment.at("/spec/podTemplate/spec/volumes/1/configMap/name").asText())
        .isEqualTo(config.at("/metadata/name").asText());
  }

  private static final String VECTOR_FLAGS =
      "--add-modules=jdk.incubator.vector"
          + " -XX:CompileCommand=dontinline,dev.carryover.runtime.kernels.vector.VectorKernels::*";

  @Test
  void theFlinkConfigurationTurnsTheVectorModuleOn() throws IOException {
    assertThat(yaml("flink/config.yaml").at("/env/java/opts/all").asText())
        .startsWith(VECTOR_FLAGS + " --add-exports=");
    assertThat(
            yaml("kubernetes/flink-deployment.yaml")
                .at("/spec/flinkConfiguration/env.java.opts.all")
                .asText())
        .isEqualTo(VECTOR_FLAGS);
  }

  private static JobConfiguration parse(String yaml, String name) throws ConfigurationException {
    // Secrets come from variables that are not set here.
    return JobConfiguration.parse(yaml.replaceAll("\\$\\{env:\\w+}", "secret"), name);
  }

  private static JsonNode yaml(String file) throws IOException {
    return new YAMLMapper().readTree(Files.readString(Path.of(file)));
  }
}
