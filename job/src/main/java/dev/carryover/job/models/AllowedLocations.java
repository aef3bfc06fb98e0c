package dev.carryover.job.models;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The folders that announced model files may lie in or below. Immutable.
 *
 * <p>Scheme and authority are compared without regard to case, the path segment by segment, as the
 * file system will read it: decoded. Nothing is resolved, so a link inside of an allowed folder
 * leads where it leads: who may write there decides what the job loads.
 */
public final class AllowedLocations {
  /*
   * A URI is refused rather than normalized where two readers could take it for two files: dots,
   * empty segments, separators that are encoded, once or twice. What remains has one reading.
   */

  /** A dot, a separator or an end, of which nobody knows who takes them for what they stand for. */
  private static final Pattern ENCODED =
      Pattern.compile("%(2e|2f|5c|00)", Pattern.CASE_INSENSITIVE);

  /** What is left of these once they were encoded twice. */
  private static final Pattern ENCODED_TWICE =
      Pattern.compile("%(2e|2f|5c|00|25)", Pattern.CASE_INSENSITIVE);

  /** What decoding makes of bytes that are no text. */
  private static final char NO_TEXT = '\uFFFD';

  /** Where the part before the @ is a container and no user. */
  private static final Set<String> CONTAINER_SCHEMES = Set.of("abfs", "abfss", "wasb", "wasbs");

  private final List<Location> folders;

  /** A URI taken apart; scheme and authority in lower case, no authority is an empty one. */
  private record Location(String scheme, String authority, List<String> segments) {
    private boolean holds(Location file) {
      return scheme.equals(file.scheme)
          && authority.equals(file.authority)
          && segments.size() < file.segments.size()
          && segments.equals(file.segments.subList(0, segments.size()));
    }

    @Override
    public String toString() {
      return scheme + "://" + authority + "/" + String.join("/", segments);
    }
  }

  /**
   * Locations of some folders.
   *
   * @param folders their URIs, with or without a slash at the end; none allows nothing
   * @throws IllegalArgumentException if one is no URI of a folder
   */
  public AllowedLocations(List<String> folders) {
    this.folders = folders.stream().map(AllowedLocations::folder).toList();
  }

  /** Whoever configures a job may well write dots and a slash at the end. */
  private static Location folder(String uri) {
    try {
      URI parsed = parse(uri).normalize();
      String path = parsed.getRawPath();
      String text = parsed.toString();
      return location(
          path.length() > 1 && path.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    } catch (ModelRejectedException e) {
      throw new IllegalArgumentException(
          "allowed location '" + shown(uri) + "': " + e.getMessage(), e);
    }
  }

  /**
   * Checks where an announced file is.
   *
   * @throws ModelRejectedException {@link RejectionCode#INVALID_URI} if the URI cannot be read in
   *     one way only, {@link RejectionCode#LOCATION_FORBIDDEN} if it lies in none of the folders
   */
  public void check(String uri) throws ModelRejectedException {
    Location file = location(uri);
    if (file.segments.isEmpty()) {
      throw invalid(shown(uri), "names no file");
    }
    for (Location folder : folders) {
      if (folder.holds(file)) {
        return;
      }
    }
    throw new ModelRejectedException(
        RejectionCode.LOCATION_FORBIDDEN,
        "model file "
            + uri
            + " is in none of the allowed locations "
            + folders
            + "; publish it there, or add its folder to models.allowed-locations");
  }

  private static Location location(String uri) throws ModelRejectedException {
    URI parsed = parse(uri);
    String scheme = parsed.getScheme().toLowerCase(Locale.ROOT);
    String authority = parsed.getRawAuthority() == null ? "" : parsed.getRawAuthority();
    checkAuthority(scheme, authority);
    if (parsed.getRawQuery() != null || parsed.getRawFragment() != null) {
      throw invalid(shown(uri), "has a query or a fragment, and files have none");
    }
    String path = parsed.getPath();
    if (ENCODED.matcher(parsed.getRawPath()).find() || ENCODED_TWICE.matcher(path).find()) {
      throw invalid(shown(uri), "hides a dot, a separator or another encoding in its encoding");
    }
    return new Location(scheme, authority.toLowerCase(Locale.ROOT), segments(uri, path));
  }

  private static URI parse(String uri) throws ModelRejectedException {
    URI parsed;
    try {
      parsed = new URI(uri);
    } catch (URISyntaxException e) {
      throw invalid(shown(uri), "cannot be read: " + e.getReason() + " at index " + e.getIndex());
    }
    if (parsed.getScheme() == null) {
      throw invalid(shown(uri), "has no scheme");
    }
    if (parsed.isOpaque()) {
      throw invalid(shown(uri), "has no path from the root");
    }
    return parsed;
  }

  private static void checkAuthority(String scheme, String authority)
      throws ModelRejectedException {
    int at = authority.lastIndexOf('@');
    if (at < 0
        || (CONTAINER_SCHEMES.contains(scheme)
            && authority.indexOf('@') == at
            && authority.lastIndexOf(':', at) < 0)) {
      return;
    }
    // Not shown: it may be a secret.
    throw invalid(
        scheme + "://...@" + authority.substring(at + 1),
        "has a user or credentials before its '@'; configure them for the file system");
  }

  private static List<String> segments(String uri, String path) throws ModelRejectedException {
    if (path.isEmpty() || path.equals("/")) {
      return List.of();
    }
    List<String> segments = Arrays.asList(path.substring(1).split("/", -1));
    for (String segment : segments) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw invalid(shown(uri), "has the segment '" + segment + "' in its path");
      }
      if (segment.indexOf('\\') >= 0
          || segment.indexOf(NO_TEXT) >= 0
          || segment.chars().anyMatch(Character::isISOControl)) {
        throw invalid(
            shown(uri),
            "has a backslash, a control character or bytes that are no text in its path");
      }
    }
    return segments;
  }

  /** Whatever may be a secret is left out. */
  private static String shown(String uri) {
    int at = uri.lastIndexOf('@');
    return at < 0 ? uri : "...@" + uri.substring(at + 1);
  }

  private static ModelRejectedException invalid(String uri, String reason) {
    return new ModelRejectedException(
        RejectionCode.INVALID_URI,
        "the URI '"
            + uri
            + "' "
            + reason
            + "; use a plain one, such as s3://bucket/models/model.safetensors");
  }
}
