package dev.carryover.job.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedLocationsTest {
  private static final AllowedLocations LOCATIONS =
      new AllowedLocations(
          List.of(
              "s3://Bucket/models",
              "file:///var/models/50%25%20of/",
              "hdfs://namenode:8020/a/./x/../b",
              "abfss://models@account.dfs.core.windows.net/carryover"));

  private static ModelRejectedException rejection(String uri) {
    return catchThrowableOfType(ModelRejectedException.class, () -> LOCATIONS.check(uri));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3://bucket/models/m.safetensors",
        "S3://BUCKET/models/deep/in/it/m.safetensors",
        "file:/var/models/50%25%20of/m.safetensors",
        "file:///var/models/50%25%20of/..m..",
        "hdfs://namenode:8020/a/b/m%20n",
        "abfss://models@account.dfs.core.windows.net/carryover/m"
      })
  void filesInAnAllowedFolderOrBelowPass(String uri) {
    assertThatCode(() -> LOCATIONS.check(uri)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://bucket/models/m",
        "s3a://bucket/models/m",
        "s3://other/models/m",
        "s3:///models/m",
        "s3://bucket/model",
        "s3://bucket/models",
        "s3://bucket/models-of-others/m",
        "s3://bucket/Models/m",
        "s3://bucket/other/models/m",
        "s3://buck%65t/models/m",
        "file://server/var/models/50%25%20of/m",
        "file:///etc/passwd",
        "file:///var/models/50%20of/m",
        "hdfs://namenode/a/b/m",
        "hdfs://namenode:8020/a/x/m",
        "abfss://secrets@account.dfs.core.windows.net/carryover/m"
      })
  void filesElsewhereAreForbidden(String uri) {
    ModelRejectedException rejected = rejection(uri);
    assertThat(rejected.code()).isEqualTo(RejectionCode.LOCATION_FORBIDDEN);
    assertThat(rejected)
        .hasMessage(
            "model file %s is in none of the allowed locations [s3://bucket/models,"
                + " file:///var/models/50%% of, hdfs://namenode:8020/a/b,"
                + " abfss://models@account.dfs.core.windows.net/carryover]; publish it there, or add"
                + " its folder to models.allowed-locations",
            uri);
  }

  @ParameterizedTest
  @CsvSource({
    "s3://bucket/models/../secret/m,has the segment '..' in its path",
    "s3://bucket/models/./m,has the segment '.' in its path",
    "s3://bucket/models/..,has the segment '..' in its path",
    "s3://bucket/models//m,has the segment '' in its path",
    "s3://bucket//models/m,has the segment '' in its path",
    "s3://bucket/models/,has the segment '' in its path",
    "s3://bucket/models/%2e%2e/secret,'hides a dot, a separator or another encoding in its encoding'",
    "s3://bucket/models/.%2E/secret,'hides a dot, a separator or another encoding in its encoding'",
    "s3://bucket/models/..%2fsecret,'hides a dot, a separator or another encoding in its encoding'",
    "s3://bucket/models/..%5Csecret,'hides a dot, a separator or another encoding in its encoding'",
    "s3://bucket/models/m%00.txt,'hides a dot, a separator or another encoding in its encoding'",
    "s3://bucket/models/%252e%252e/m,'hides a dot, a separator or another encoding in its encoding'",
    "s3://bucket/models/%25252e/m,'hides a dot, a separator or another encoding in its encoding'",
    "s3://bucket/models/m%0An,'has a backslash, a control character or bytes that are no text in its"
        + " path'",
    "s3://bucket/models/%c0%ae%c0%ae/m,'has a backslash, a control character or bytes that are no"
        + " text in its path'",
    "s3://bucket/models/m?version=2,'has a query or a fragment, and files have none'",
    "s3://bucket/models/m#part,'has a query or a fragment, and files have none'",
    "/var/models/m,has no scheme",
    "models/m,has no scheme",
    "'',has no scheme",
    "file:models/m,has no path from the root",
    "s3://bucket,names no file",
    "file:///,names no file"
  })
  void whatCanBeReadInTwoWaysIsInvalid(String uri, String reason) {
    expectInvalid(uri, uri, reason);
  }

  @Test
  void whatIsNoUriIsInvalid() {
    String uri = "s3://bucket/models/a b";
    expectInvalid(uri, uri, "cannot be read: Illegal character in path at index 20");
    expectInvalid(
        "s3://bucket/models\\..\\m",
        "s3://bucket/models\\..\\m",
        "cannot be read: Illegal character in path at index 18");
    expectInvalid(
        "s3://bucket/%2", "s3://bucket/%2", "cannot be read: Malformed escape pair at index 12");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3://key:secret@bucket/models/m",
        "s3://key@bucket/models/m",
        "abfss://models:secret@bucket/models/m",
        "abfss://secret@secret@bucket/models/m"
      })
  void credentialsAreInvalidAndNotRepeated(String uri) {
    ModelRejectedException rejected = rejection(uri);
    assertThat(rejected).isNotNull();
    assertThat(rejected.code()).isEqualTo(RejectionCode.INVALID_URI);
    assertThat(rejected).hasMessageNotContaining("secret");
    expectInvalid(
        uri,
        uri.substring(0, uri.indexOf(':')) + "://...@bucket",
        "has a user or credentials before its '@'; configure them for the file system");
  }

  private static void expectInvalid(String uri, String shown, String reason) {
    ModelRejectedException rejected = rejection(uri);
    assertThat(rejected).as(uri).isNotNull();
    assertThat(rejected)
        .hasMessage(
            "the URI '%s' %s; use a plain one, such as s3://bucket/models/model.safetensors",
            shown, reason);
    assertThat(rejected.code()).isEqualTo(RejectionCode.INVALID_URI);
  }

  @Test
  void aWholeFileSystemOrBucketCanBeAllowed() throws Exception {
    AllowedLocations wide = new AllowedLocations(List.of("file:///", "s3://bucket/", "gs://other"));
    wide.check("file:///tmp/m");
    wide.check("s3://bucket/m");
    wide.check("gs://other/a/m");
    assertThatExceptionOfType(ModelRejectedException.class)
        .isThrownBy(() -> wide.check("gs://bucket/m"));
  }

  @Test
  void withoutLocationsNothingIsAllowed() {
    assertThatExceptionOfType(ModelRejectedException.class)
        .isThrownBy(() -> new AllowedLocations(List.of()).check("file:///tmp/m"))
        .withMessage(
            "model file file:///tmp/m is in none of the allowed locations []; publish it there, or"
                + " add its folder to models.allowed-locations");
  }

  @Test
  void aLocationThatIsNoFolderIsAnErrorOfTheSettings() {
    for (String location : List.of("models", "file:models", "s3://bucket/a?b", "file:///../a")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new AllowedLocations(List.of(location)))
          .withMessageStartingWith("allowed location '" + location + "': the URI '");
    }
  }
}
