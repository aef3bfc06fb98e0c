package dev.carryover.deploy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** A report as a reader of its markup sees it. */
final class TestingPage {

  private final Document page;

  TestingPage(Path file) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    page = factory.newDocumentBuilder().parse(file.toFile());
  }

  /** The text of every element of a kind. */
  List<String> texts(String tag) {
    return texts(page.getDocumentElement(), tag);
  }

  private static List<String> texts(Element parent, String tag) {
    List<String> texts = new ArrayList<>();
    NodeList nodes = parent.getElementsByTagName(tag);
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }

  /** The cells of a row of the table under a heading. */
  List<String> row(String heading, String name) {
    NodeList sections = page.getElementsByTagName("section");
    for (int i = 0; i < sections.getLength(); i++) {
      Element section = (Element) sections.item(i);
      if (texts(section, "h2").contains(heading)) {
        NodeList rows = section.getElementsByTagName("tr");
        for (int r = 0; r < rows.getLength(); r++) {
          Element row = (Element) rows.item(r);
          if (texts(row, "th").get(0).equals(name)) {
            return texts(row, "td");
          }
        }
      }
    }
    throw new AssertionError("no row '%s' under '%s'".formatted(name, heading));
  }

  /** How many drawings it shows. */
  int drawings() {
    return page.getElementsByTagName("img").getLength();
  }
}
