import java.io.FileInputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.model.Dependency;
import org.apache.maven.model.License;
import org.apache.maven.model.Model;
import org.apache.maven.model.io.xpp3.MavenXpp3Reader;

/** Prints, for each pom of the command line, what Maven's own reader finds: one line of JSON. */
public class PomFacts {
    public static void main(String[] paths) throws Exception {
        for (String path : paths) {
            Model model = new MavenXpp3Reader().read(new FileInputStream(path), false);
            boolean child = model.getParent() != null;
            List<String> facts = new ArrayList<>();
            facts.add(child && model.getGroupId() == null
                ? model.getParent().getGroupId() : model.getGroupId());
            facts.add(model.getArtifactId());
            facts.add(child && model.getVersion() == null
                ? model.getParent().getVersion() : model.getVersion());
            facts.add(model.getUrl());
            facts.add(model.getOrganization() == null ? null : model.getOrganization().getName());
            for (License license : model.getLicenses()) {
                facts.add("license");
                facts.add(license.getName() == null ? license.getUrl() : license.getName());
            }
            for (Dependency each : model.getDependencies()) {
                facts.add("dependency");
                facts.add(each.getGroupId());
                facts.add(each.getArtifactId());
                facts.add(each.getVersion());
                facts.add(each.getScope());
                facts.add(String.valueOf(each.isOptional()));
            }
            StringBuilder out = new StringBuilder("[");
            for (String fact : facts) {
                out.append(out.length() > 1 ? "," : "").append(quoted(fact == null ? "" : fact));
            }
            System.out.println(out.append("]"));
        }
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.trim().toCharArray()) {
            boolean plain = c >= ' ' && c < 127 && c != '"' && c != '\\';
            out.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return out.append("\"").toString();
    }
}
