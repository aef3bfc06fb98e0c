package dev.carryover.deploy.pack;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the packed training computes on. */
public enum PackProfile {
  /** The processor; also how a pack is tried without a GPU. */
  CPU("cpu"),
  /** GPUs of compute capability 3.7 to 8.9. */
  CUDA("cuda"),
  /** GPUs above compute capability 8.9, whose driver compiles the PTX. */
  CUDA_PTX("cuda-ptx");

  private final String optionName;

  PackProfile(String optionName) {
    this.optionName = optionName;
  }

  /** Its name on the command line, which is also that of the Maven profile. */
  public String optionName() {
    return optionName;
  }

  /**
   * The profile of that name.
   *
   * @throws IllegalArgumentException with the names that there are
   */
  public static PackProfile of(String name) {
    return Arrays.stream(values())
        .filter(profile -> profile.optionName.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the profile is "
                        + name
                        + "; it is one of "
                        + Arrays.stream(values())
                            .map(PackProfile::optionName)
                            .collect(Collectors.joining(", "))));
  }

  /** The folder names of a pack and of its files begin with this. */
  String packName() {
    return "carryover-" + optionName;
  }

  /** The Maven profile to activate, if the build's own backend is not the one. */
  Optional<String> mavenProfile() {
    return this == CPU ? Optional.empty() : Optional.of(optionName);
  }

  /** The artifacts without which the class path is not that of this profile. */
  List<String> backendJars() {
    return switch (this) {
      case CPU -> List.of("nd4j-native-");
      case CUDA -> List.of("nd4j-cuda-11.6-", "cuda-11.6-");
      case CUDA_PTX -> List.of("nd4j-cuda-11.2-", "cuda-11.8-");
    };
  }
}
