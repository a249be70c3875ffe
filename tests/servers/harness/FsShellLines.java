// Runs Hadoop's FsShell many times in one process. Each line of stdin is a command line, with tabs
// between its words. Stdout has the exit code, stdout and stderr of each, the latter two in
// hexadecimal.
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FsShell;
import org.apache.hadoop.util.ToolRunner;

class FsShellLines {
    public static void main(String[] arguments) throws Exception {
        PrintStream results = System.out, complaints = System.err;
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Configuration conf = new Configuration();
        conf.addResource(new FileInputStream(arguments[0]));
        // All input is read first: the stream can be read only once.
        conf.get("fs.defaultFS");
        for (String line; (line = lines.readLine()) != null; ) {
            ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            System.setIn(new ByteArrayInputStream(new byte[0]));
            int code = 255;
            try {
                code = ToolRunner.run(new Configuration(conf), new FsShell(), line.split("\t", -1));
            } catch (Throwable thrown) {
                thrown.printStackTrace(complaints);
            }
            // A shell sees only the low eight bits.
            results.printf("%d\t%s\t%s%n", code & 255, hex(out), hex(err));
            results.flush();
        }
    }

    private static String hex(ByteArrayOutputStream bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }
}
