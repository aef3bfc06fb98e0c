package dev.carryover.tests;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.carryover.job.CarryoverJob;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** The floor law: what may know what. Every message says what to do instead. */
class ArchitectureTest {
  private static final String CORE = "dev.carryover.model..";
  private static final String RUNTIME = "dev.carryover.runtime..";
  private static final String SCHEMAS = "dev.carryover.schemas..";
  private static final String TRAINING = "dev.carryover.training..";
  private static final String JOB = "dev.carryover.job..";
  private static final String DEPLOY = "dev.carryover.deploy..";
  private static final String TESTS = "dev.carryover.tests..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.carryover");

  private static final SliceAssignment EVERY_PACKAGE =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          return isGenerated(type) && type.getPackageName().startsWith("dev.carryover.tests")
              ? SliceIdentifier.ignore()
              : SliceIdentifier.of(type.getPackageName());
        }

        @Override
        public String getDescription() {
          return "every package";
        }
      };

  /** How many classes a package may have, and the reason where that is not 4 to 12. */
  private record PackageSize(long from, long to, String reason) {}

  private static final PackageSize USUAL_SIZE = new PackageSize(4, 12, "usual");

  private static final Map<String, PackageSize> UNUSUAL_SIZES =
      Map.of(
          "dev.carryover.model.file",
              new PackageSize(
                  4, 14, "reader and writer share the package-private names of the format"),
          "dev.carryover.model.vocabulary",
              new PackageSize(3, 12, "everything there is to say of tokens, below spec and file"),
          "dev.carryover.runtime.cells",
              new PackageSize(
                  4,
                  13,
                  "the cells, and what a stack of them shares, package-private between them"),
          "dev.carryover.training.layers",
              new PackageSize(
                  4,
                  24,
                  "cells, losses and what they share see each other's package-private buffers"),
          "dev.carryover.training.input",
              new PackageSize(
                  4, 14, "the ways from a file to sequences end in one package-private numbering"),
          "dev.carryover.training.evaluation",
              new PackageSize(4, 16, "one result for each task beside what computes it"),
          "dev.carryover.training.export",
              new PackageSize(
                  3, 12, "the two files that weights leave in, and how both are written"),
          "dev.carryover.deploy",
              new PackageSize(4, 28, "one class a command, each package-private"));

  @Test
  void everyModuleIsLookedAt() {
    for (String module : List.of(CORE, RUNTIME, SCHEMAS, TRAINING, JOB, DEPLOY)) {
      assertThat(CLASSES.that(resideInAnyPackage(module))).as(module).isNotEmpty();
    }
  }

  @Test
  void importsGoDown() {
    forbid(
        CORE,
        "the model file knows nothing of who uses it: pass the value in",
        RUNTIME,
        SCHEMAS,
        TRAINING,
        JOB,
        DEPLOY,
        TESTS);
    forbid(
        RUNTIME,
        "stepping a model knows neither records nor the stream: move the code up",
        SCHEMAS,
        TRAINING,
        JOB,
        DEPLOY,
        TESTS);
    forbid(
        SCHEMAS,
        "schemas stand beside the models and depend on Avro only: move the code to job",
        CORE,
        RUNTIME,
        TRAINING,
        JOB,
        DEPLOY,
        TESTS);
    forbid(
        JOB,
        "the job runs model files and never trains or launches: move the code up",
        TRAINING,
        DEPLOY,
        TESTS);
    forbid(
        TRAINING,
        "training makes model files and knows no stream: go through the model file",
        SCHEMAS,
        JOB,
        DEPLOY,
        TESTS);
    forbid(DEPLOY, "production code does not know its tests: move what it needs down", TESTS);
  }

  private static void forbid(String module, String remedy, String... others) {
    noClasses()
        .that()
        .resideInAPackage(module)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .because(remedy)
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void flinkIsKnownToTheJobOnly() {
    confine(
        "org.apache.flink..",
        "offer what is needed as a method of the job, without Flink types in it",
        JOB,
        TESTS);
  }

  @Test
  void theVectorApiIsKnownToOnePackageOnly() {
    confine(
        "jdk.incubator.vector..",
        "it fails to load without its module: go through Kernels, which falls back to scalar",
        "dev.carryover.runtime.kernels.vector",
        // What a core can do at most is measured with the same instructions.
        "dev.carryover.tests.bench.ceilings");
  }

  @Test
  void nd4jIsKnownToOnePackageOnly() {
    confine(
        "org.nd4j..",
        "another backend, or another library, is a matter of that package: use its matrices",
        "dev.carryover.training.tensor",
        // As a runtime to be compared with.
        "dev.carryover.tests.bench.step.contenders");
  }

  @Test
  void kafkaIsKnownToTheEndsOnly() {
    confine(
        "org.apache.kafka..",
        "models know no transport: move the code to the job",
        JOB,
        DEPLOY,
        TESTS);
  }

  private static void confine(String library, String remedy, String... homes) {
    noClasses()
        .that()
        .resideOutsideOfPackages(homes)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(library)
        .because(remedy)
        .check(CLASSES);
  }

  @Test
  void schemasDependOnAvroOnly() {
    noClasses()
        .that()
        .resideInAPackage(SCHEMAS)
        .should()
        .dependOnClassesThat(not(resideInAnyPackage(SCHEMAS, "java..", "org.apache.avro..")))
        .because("every consumer of a topic takes this module: keep it free of everything else")
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices()
        .assignedFrom(EVERY_PACKAGE)
        .should()
        .beFreeOfCycles()
        .because("a package is understood after those that it uses: move what both need down")
        .check(CLASSES);
  }

  @Test
  void nothingIsDeserializedByJava() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .areAssignableTo(ObjectInputStream.class)
        .because("bytes from outside must not choose classes: write a versioned serializer")
        .check(CLASSES);
  }

  @Test
  void whatRunsInAClusterSpeaksThroughSlf4jOnly() {
    noClasses()
        .that(
            resideInAnyPackage(CORE, RUNTIME, SCHEMAS, JOB)
                // Its main class refuses a wrong command line before there is a log.
                .and(not(belongToAnyOf(CarryoverJob.class))))
        .should(ACCESS_STANDARD_STREAMS)
        .because("nobody reads a task manager's console: use an SLF4J logger")
        .check(CLASSES);
    noClasses()
        .should(USE_JAVA_UTIL_LOGGING)
        .because("it passes by the log configuration of Flink: use an SLF4J logger")
        .check(CLASSES);
  }

  @Test
  void packagesHaveFourToTwelveClasses() {
    Map<String, Long> sizes =
        CLASSES.stream()
            .filter(JavaClass::isTopLevelClass)
            .filter(type -> !type.getSimpleName().equals("package-info"))
            .filter(type -> !isGenerated(type))
            .collect(
                Collectors.groupingBy(
                    JavaClass::getPackageName, TreeMap::new, Collectors.counting()));

    SoftAssertions.assertSoftly(
        every ->
            sizes.forEach(
                (name, size) -> {
                  PackageSize allowed = UNUSUAL_SIZES.getOrDefault(name, USUAL_SIZE);
                  every
                      .assertThat(size)
                      .as(
                          "classes of %s (%s); split or merge packages by what they are for, or say"
                              + " in UNUSUAL_SIZES why the size is right",
                          name, allowed.reason())
                      .isBetween(allowed.from(), allowed.to());
                }));
    UNUSUAL_SIZES.forEach(
        (name, allowed) ->
            assertThat(sizes.get(name))
                .as("classes of %s; the size is usual now, remove it from UNUSUAL_SIZES", name)
                .matches(size -> size < USUAL_SIZE.from() || size > USUAL_SIZE.to()));
  }

  /** Avro's records and JMH's states, which nobody reads. */
  private static boolean isGenerated(JavaClass type) {
    return type.isAnnotatedWith("org.apache.avro.specific.AvroGenerated")
        || type.getPackageName().contains(".jmh_generated");
  }

  @Test
  void operatorsStayShort() throws IOException {
    Path operators = moduleRoot("job").resolve("src/main/java/dev/carryover/job/operator");
    try (Stream<Path> files = Files.list(operators)) {
      for (Path file : files.filter(f -> f.toString().endsWith("Operator.java")).toList()) {
        assertThat(Files.readAllLines(file))
            .as("lines of %s; an operator only wires: move work to a collaborator", file)
            .hasSizeLessThan(300);
      }
    }
  }

  private static Path moduleRoot(String module) {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve(module).resolve("src"))) {
      at = at.getParent();
      assertThat(at).as("a folder above %s that has %s/src", Path.of(""), module).isNotNull();
    }
    return at.resolve(module);
  }
}
