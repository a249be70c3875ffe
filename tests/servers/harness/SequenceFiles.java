// Writes the SequenceFiles in example-app/tests/sequence_files with Hadoop's own writer:
//
//     java -cp 'JARS/*' SequenceFiles.java FOLDER
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.BooleanWritable;
import org.apache.hadoop.io.ByteWritable;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.DoubleWritable;
import org.apache.hadoop.io.FloatWritable;
import org.apache.hadoop.io.IntWritable;
import org.apache.hadoop.io.LongWritable;
import org.apache.hadoop.io.MD5Hash;
import org.apache.hadoop.io.MapWritable;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.io.SequenceFile.CompressionType;
import org.apache.hadoop.io.SequenceFile.Writer;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.ShortWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.VIntWritable;
import org.apache.hadoop.io.VLongWritable;
import org.apache.hadoop.io.Writable;
import org.apache.hadoop.io.compress.BZip2Codec;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.DefaultCodec;
import org.apache.hadoop.util.ReflectionUtils;

class SequenceFiles {
    static final Configuration CONF = new Configuration();

    static void write(
            String name, CompressionType type, Class<? extends CompressionCodec> codec,
            Writable[][] rows) throws Exception {
        try (Writer writer = SequenceFile.createWriter(
                CONF,
                Writer.file(new Path(name)),
                Writer.keyClass(rows[0][0].getClass()),
                Writer.valueClass(rows[0][1].getClass()),
                Writer.syncInterval(100),
                Writer.compression(type, ReflectionUtils.newInstance(codec, CONF)))) {
            for (Writable[] row : rows) {
                writer.append(row[0], row[1]);
            }
        }
    }

    static void plain(String name, Writable[]... rows) throws Exception {
        write(name, CompressionType.NONE, DefaultCodec.class, rows);
    }

    static Writable[] row(Writable key, Writable value) {
        return new Writable[] {key, value};
    }

    public static void main(String[] arguments) throws Exception {
        CONF.set("fs.defaultFS", "file:///");
        CONF.setInt("io.seqfile.compress.blocksize", 200);
        String folder = arguments[0] + "/";
        Writable[][] lines = new Writable[20][];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = row(new LongWritable(i), new Text("line \u00fc " + "x".repeat(i)));
        }
        write(folder + "plain.seq", CompressionType.NONE, DefaultCodec.class, lines);
        write(folder + "records.seq", CompressionType.RECORD, DefaultCodec.class, lines);
        write(folder + "blocks.seq", CompressionType.BLOCK, DefaultCodec.class, lines);
        write(folder + "records-bz2.seq", CompressionType.RECORD, BZip2Codec.class, lines);
        write(folder + "blocks-bz2.seq", CompressionType.BLOCK, BZip2Codec.class, lines);
        plain(folder + "bytes.seq",
            row(new IntWritable(-5), new BytesWritable(new byte[] {0, 1, (byte) 255})),
            row(new IntWritable(7), new BytesWritable()));
        plain(folder + "null.seq", row(NullWritable.get(), new Text("a")),
            row(NullWritable.get(), new Text("")));
        plain(folder + "numbers.seq",
            row(new DoubleWritable(-3.25e-9), new FloatWritable(1.5f)),
            row(new DoubleWritable(123456.789), new FloatWritable(1e7f)),
            row(new DoubleWritable(0.001), new FloatWritable(100)));
        plain(folder + "lengths.seq",
            row(new VIntWritable(-112), new VLongWritable(Long.MIN_VALUE)),
            row(new VIntWritable(-113), new VLongWritable(1L << 40)),
            row(new VIntWritable(127), new VLongWritable(128)));
        plain(folder + "small.seq", row(new BooleanWritable(true), new ByteWritable((byte) -3)));
        plain(folder + "short.seq", row(new ShortWritable((short) -300), MD5Hash.digest("x")));
        plain(folder + "map.seq", row(new Text("a"), new MapWritable()));
    }
}
