import java.io.File;
import java.io.InputStream;
import java.util.Enumeration;
import java.util.Properties;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/** Prints, for each jar of the command line, what the JDK reads out of it: one line of JSON. */
public class JarFacts {
    public static void main(String[] paths) throws Exception {
        for (String path : paths) {
            TreeMap<String, TreeMap<String, String>> facts = new TreeMap<>();
            try (JarFile jar = new JarFile(new File(path), false)) {
                TreeMap<String, String> main = new TreeMap<>();
                Manifest manifest = jar.getManifest();
                if (manifest != null) {
                    manifest.getMainAttributes().forEach((name, value) ->
                        main.put(name.toString().toLowerCase(), value.toString().trim()));
                }
                facts.put("manifest", main);
                for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements();) {
                    String name = all.nextElement().getName();
                    if (name.endsWith("pom.properties")) {
                        Properties values = new Properties();
                        // Asked for by its name, as a class loader does.
                        try (InputStream data = jar.getInputStream(jar.getJarEntry(name))) {
                            values.load(data);
                        }
                        TreeMap<String, String> sorted = new TreeMap<>();
                        values.forEach((key, value) ->
                            sorted.put(key.toString(), value.toString()));
                        facts.put(name, sorted);
                    }
                }
            }
            StringBuilder out = new StringBuilder("{");
            facts.forEach((name, values) -> {
                StringBuilder inner = new StringBuilder("{");
                values.forEach((key, value) -> member(inner, key, quoted(value)));
                member(out, name, inner.append("}").toString());
            });
            System.out.println(out.append("}"));
        }
    }

    private static void member(StringBuilder out, String name, String value) {
        out.append(out.length() > 1 ? "," : "").append(quoted(name)).append(":").append(value);
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            boolean plain = c >= ' ' && c < 127 && c != '"' && c != '\\';
            out.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return out.append("\"").toString();
    }
}
