// What Hadoop makes of the files beside this one:
//   T_SET=set T_EMPTY= java -cp 'jars/*' Dump.java > hadoop.tsv
// with hadoop-client-api, hadoop-client-runtime, slf4j-api and commons-logging of Hadoop 3.3.4.
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.GenericOptionsParser;

class Dump {
    interface Value { Object get(String name); }

    public static void main(String[] arguments) throws Exception {
        Configuration conf = new Configuration(false);
        conf.addResource(new Path(new java.io.File("core-site.xml").getAbsolutePath()));
        conf.get("");
        new GenericOptionsParser(conf, new String[] {
            "-D", "t.defined=4", "-D", "t.only=  x ", "-D", "t.cleared=", "-conf", "conf.xml" });
        TreeSet<String> names = new TreeSet<>();
        conf.iterator().forEachRemaining(entry -> names.add(entry.getKey()));
        for (String n : new String[] {"t.none", "t.empty", "t.other", "t.stray", "t.more.fallback"}) names.add(n);
        for (String name : names) {
            if (!name.matches("(t|v|bytes|millis|boolean|int|list)\\..*")) continue;
            Value value = conf::getTrimmed;
            if (name.startsWith("bytes.")) value = n -> conf.getLongBytes(n, -1);
            if (name.startsWith("millis.")) value = n -> conf.getTimeDuration(n, -1, TimeUnit.MILLISECONDS);
            if (name.startsWith("boolean.")) value = n -> { boolean t = conf.getBoolean(n, true); return t == conf.getBoolean(n, false) ? t : "default"; };
            if (name.startsWith("int.")) value = n -> conf.getInt(n, -1);
            if (name.startsWith("list.")) value = n -> String.join("|", conf.getTrimmedStrings(n));
            String shown;
            try { shown = String.valueOf(value.get(name)); } catch (RuntimeException e) { shown = "error"; }
            System.out.println(name + "\t" + shown);
        }
    }
}
