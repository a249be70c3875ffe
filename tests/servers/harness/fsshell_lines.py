"""The command lines of fsshell.py, and the intended differences between rolefs and FsShell."""

from __future__ import annotations

PARENTS = "S3 has no directories: a missing parent is not an error"
MARKERS = (
    "S3A creates a directory's marker when its last file is deleted, rolefs does so only on request"
)
ORDER = "S3A lists the files of a directory before the directories in it, rolefs all by name"
IN_FULL = "put prints the whole path of the object, as it also does where paths have a scheme"
BUCKET = "S3A prints only the path; rolefs also prints the reason"
SOURCES = "rolefs looks for all sources before it fetches one, FsShell for one after the other"

BELOW = "S3A puts files below a file, which no other file system of Hadoop does"
SLASH = "with a slash at its end the destination is a directory"
NOW = "S3A gives a directory the present time, rolefs 1970"
ABOVE = "Hadoop takes .. at the root as a name, rolefs refuses it"
NO_BUCKET = (
    "Hadoop replaces a missing bucket by the default one; it can come from a variable "
    "that is not set"
)
TWO_SLASHES = "Hadoop takes the text after two slashes as a host, and rolefs says so"
OTHER_HOST = "FsShell ignores the host of a URI"
TO_S3 = "a local source goes as with put, which prints the whole path of the object"
WITHOUT_SCHEME = "a local path is shown without its scheme"
JAVA = "FsShell ends with an exception, rolefs says what it expected"
NO_TIMES = "S3A does nothing and says nothing; rolefs says that S3 sets the times"
NO_TRASH = "rolefs says that there is no trash"
OF_S3 = "S3A prints no checksum by default, rolefs the one that S3 keeps"
NAMED = "FsShell does not name the file that it cannot read"
CLASSES = "rolefs reads only the common classes of keys and values, and says so"
ALL_BUCKETS = "Hadoop replaces a missing bucket by the default one, rolefs lists the buckets"

# Stands for an empty argument.
EMPTY = "EMPTY"
# Spaces separate the words of a line; no word contains one. Each program has its own {bucket} and
# {folder}.
LINES = """
-mkdir s3a://{bucket}/d
-mkdir s3a://{bucket}/d
-mkdir /d/
-mkdir s3a://{bucket}/x/y/z
-mkdir -p s3a://{bucket}/x/y/z
-mkdir -p /x/y
-mkdir
-mkdir -x /d
-put a s3a://{bucket}/d/
-put a /d/
-put -f b s3a://{bucket}/d/b
-put none /d
-put a none /zz
-put tree /d
-copyFromLocal tree /d
-put -t x a /d
-copyFromLocal -f a /d/a
-copyFromLocal a /nodir/x
-ls s3a://{bucket}/d
-ls /d
-ls /d/
-ls -C /d
-ls -h -S /d
-ls -r /d
-ls -S -r /d
-ls -R /d
-ls -C -R /
-ls -d /d/a
-ls -d /d
-ls /d/a /none /d/b
-ls -u /d/a
-ls /d/[ab]
-ls -C /d/{{a,tree/sub}}/*
-ls /d/q*
-ls /d/[
-ls /d/{{a
-ls /d/[b-a]
-ls /d/[]
-ls /d/[]a]
-ls -C /d/{{a,b}}
-rm -f /d/{{a,b
-test -e /d/[
-stat %n /d/[a-
-touchz /d/[
-ls rel
-ls
-ls -x /d
-ls s4://x/
-ls s3a://no-such-bucket-here/x
-du /d
-du -s /d
-du -s -h /d /x
-du -v /d/a
-du /none
-stat %F|%n|%b|%o|%r|%u|%g|%a|%A|%x|%X /d/a
-stat %F|%n|%b|%o|%r|%u|%g|%a|%A|%x|%X /d
-stat %y /d/a
-stat /d
-stat /none
-stat %n
-stat
-test -e /d/a
-test -e /none
-test -d /d
-test -d /d/a
-test -f /d
-test -f /d/a
-test -z /d/a
-test -z /d/tree/empty
-test -z /d
-test -s /d/a
-test -w /d/a
-test -r /none
-test /d
-test -e -d /d
-test
-test -q /d
-cat /d/a /d/b
-cat /d/a /none /d/b
-cat /d
-cat -ignoreCrc /d/a
-cat /d/*
-cat -x /d/a
-cat
-touchz /d/zero
-touchz /d/zero
-touchz /d/a
-touchz /d
-touchz /nodir/zero
-touchz
-get /d/a got
-get /d/a got
-get -f /d/b got
-get /none new
-get /none got
-get /d/a /d/b got
-get -f /d/a /d/b got
-get -f /none /d/b got
-get -f /none /none2 got
-copyToLocal /d/a /d/b got
-copyToLocal -f /d/a /d/b got
-copyToLocal -f /d/a /d/b nodir
-copyToLocal -f /d /d/b got
-get /d/a /d/b nodir
-get /d/a /d/b into
-get /d/a /none into
-get /d/a nodir/x
-get /d whole
-get /d whole
-get /d whole
-get -f /d whole
-get -crc /d/a with-crc
-get /d/a with-crc
-get -f /d/a with-crc
-get -p -t 2 -q 10 /d/a preserved
-get /d/tree/{{x,sub/y}} into
-get /d/a
-get /d/a -
-get
-get -z /d/a y
-copyToLocal -f /d/a got
-copyToLocal -t x /d/a got
-copyToLocal /d/tree into
-moveFromLocal got /d/moved
-moveFromLocal gone /d/moved
-moveFromLocal into /d/moved-into
-moveFromLocal into /d/moved-into
-rm /none
-rm -f /none
-rm /d
-rm /d/a /none /d/b
-rm -r /d/moved-into
-rm -r -skipTrash /d/zero
-rm -safely /d/moved
-rm /d/tree/sub/*
-rm -r -f /x /none
-rm -r /
-rm
-rm -f
-rm -x /d
-ls -C -R /
-mkdir /d/f/g
-touchz /file
-mkdir /file
-mkdir -p /file
-mkdir /file/x
-ls EMPTY
-rm -r EMPTY
-rm -r /d EMPTY
-put EMPTY /e
-put a EMPTY
-get EMPTY
-get EMPTY y
-get /file EMPTY
-copyToLocal EMPTY y
-touchz EMPTY
-mkdir EMPTY
-mkdir -p EMPTY
-cat EMPTY
-du EMPTY
-stat EMPTY
-stat %n EMPTY
-test -e EMPTY
-moveFromLocal EMPTY /e
-copyFromLocal EMPTY /e
-help EMPTY
-usage EMPTY
-mkdir -p /k/sub
-put a /k//f
-put a /k/./g
-put a /k/../h
-mkdir /k//m/./n/../../o
-touchz /k/o//zero
-ls -C /k
-ls -d /k//f
-ls -C /k/sub/../f
-ls -C /k//
-ls -C //
-ls -C s3a://{bucket}//k///f
-ls -C /k/*/../f
-ls -C -d /k/.
-ls -C -d /*
-ls //k
-ls /..
-ls -C s3a:///k
-test -d /k/f/
-test -f /k/f/
-cat /k/f/
-stat %n /k/f/
-stat %y /k/f
-ls /k/f
-rm -r /k/..
-rm -r s3a://{bucket}
-rm -r s3a://{bucket}/.
-put a /k/f
-put a /k/f/
-put a b /k/f
-put -f a b /k/f
-put -f a b /k/f/
-put -f a none /k/f
-put -f none none2 /k/f
-put -f tree a /k/f
-put -f a b /k/none
-put -f a b /k/f/x
-copyFromLocal a b /k/f
-copyFromLocal -f a b /k/f
-copyFromLocal -f a b /k/none
-moveFromLocal a b /k/f
-moveFromLocal a b /k/none
-put tree /k/f
-put -f tree /k/f
-put a /k/f/x
-touchz /k/f/y
-mkdir /k/f/z
-mkdir /k/f/
-mkdir -p /k/f/z/z
-touchz /k/sub
-mkdir /k/sub/a
-put a /k/sub
-put -f a /k/sub
-mkdir -p /k/tree/x
-put b /k/tree/sub
-put tree /k
-put -f tree /k
-put file:{folder}/a /u1
-put file://{folder}/a /u2
-put file://localhost{folder}/a /u3
-put file://host{folder}/a /u4
-put file:///none /u5
-put file:{folder}/tree /u6
-put tree/sub/.. /u6
-put tree/sub/. /u6
-ls -C -R /u6/tree
-get /u1 file:{folder}/got1
-get /u1 file://{folder}/got2
-get /u1 file://{folder}/got2
-get /u1 file:///none/got3
-mkdir /n
-put a b tree /n
-touchz /n/zero
-cp /n/a /n/c
-cp /n/a /n/c
-cp -f /n/b /n/c
-cat /n/c
-cp
-cp /n/a
-cp /n/none /n/d
-cp /n/a /n/b /n/none
-cp /n/a /n/b /n/c
-mkdir /n/dir
-cp /n/a /n/b /n/dir
-cp /n/a /n/b /n/dir
-cp -f /n/a /n/none2 /n/dir
-cp -f /n/b /n/none /n/c
-cp -f /n/a /n/b /n/c
-cp -f /n/a /n/b /n/none
-cp -f a b /n/c
-cp -f file://{folder}/a file://{folder}/b /n/c
-cp -f /n/none /n/b /n/c
-cp -f /n/none /n/none2 /n/c
-mv /n/a /n/none /n/new
-mv /n/a /n/none /n/c
-cp -f /n/b /n/zz* /n/c
-cp /n/tree /n/tree2
-cp /n/tree /n/tree2
-cp /n/tree/x /n/tree2/tree
-cp -f /n/tree /n/tree2
-find /n/tree2/tree -name x
-cp /n/tree /n/a
-cp /n/tree /n/tree/sub
-cp /n/tree /n/tree
-cp /n/a /n/a
-cp -f /n/a /n/a
-cp -p /n/a /n/pa
-cp -pt /n/a /n/pta
-cp -ptopa /n/a /n/ptopa
-cp -ptz /n/a /n/ptz
-cp -d -t 2 -q 10 /n/a /n/da
-cp -x /n/a /n/xa
-cp /n/a /nodir/c
-cp a /n/rel
-cp /n/* /n/dir
-cp file://{folder}/b /n/fa
-cp file://{folder}/a /n/fa
-cp file://{folder}/tree /n/ftree
-cp file://{folder}/none /n/fnone
-cp /n/b file://{folder}/cpa
-cp /n/a file://{folder}/cpa
-cp /n/tree file://{folder}/cptree
-cp s3a://{bucket}/n/a s3a://{bucket}/n/sa
-cp s3a://no-such-bucket-here/x /n/y
-cp EMPTY /n/e
-cp /n/a EMPTY
-cp / /n/root
-mv
-mv /n/m
-mv /n/a /n/m
-mv /n/m /n/c
-mv /n/none /n/x
-mv /n/m /n/dir
-mv /n/dir/m /n/dir
-mv /n/dir/m /n/dir/m
-mv /n/dir/m /n/m
-mv /n/m /n/b /n/none
-mv /n/m /n/b /n/c
-mv /n/dir/a /n/dir/b /n/tree2
-mv /n/tree2 /n/tree3
-mv /n/tree3 /n/tree3/sub
-mv /n/tree3 /n/tree3
-mv /n/tree3 /n/b
-mv /n/tree3 /n/dir
-mv file://{folder}/a /n/fm
-mv /n/b file://{folder}/bm
-mv -f /n/b /n/c
-mv EMPTY /n/e
-mv /n/b EMPTY
-mv / /n/root
-ls -C /n
-ls -C /n/dir
-put a /n/A.txt
-head /n/b
-head /n/tree
-head /n/none
-head
-head /n/a /n/b
-head -x /n/a
-head /n/*
-head EMPTY
-tail /n/b
-tail /n/zero
-tail /n
-tail /n/none
-tail
-tail /n/a /n/b
-tail -s 5 /n/b
-tail -s x /n/b
-tail -x /n/a
-tail EMPTY
-count /n
-count /n/b /n/tree /n/none
-count -q /n
-count -q -h /n
-count -h /n
-count -v /n
-count -q -v /n
-count -q -h -v /n /n/tree
-count -u /n
-count -u -q -v /n
-count -x /n
-count
-count -z /n
-count EMPTY
-count /n/*
-find /n -name b
-find /n/tree -name x*
-find /n -iname a*
-find /n/tree/sub
-find /n/tree/sub /n/b -print
-find /n/tree -name x -print0
-find /n/tree -name x -print -print0
-find /n/tree -name x -a -iname X
-find /n/tree -name x -and -print
-find /n -foo
-find /n -name
-find /n/none
-find /n/none /n/b
-find -name x
-find /n/tree/ -name x
-find /n/b/
-find s3a://{bucket}/n/ftree -name y
-find /n/tree/sub -print -name a
-find /n -name a b
-find -print /n
-find /n/tree -name {{x,y}}
-find /n/tree -name [xz]
-find /n/tr* -name x
-find EMPTY
-find /n/b -name EMPTY
-find
-find /n/tree
-rmdir /n
-rmdir --ignore-fail-on-non-empty /n
-rmdir /n/b
-rmdir /n/none
-mkdir /n/e1 /n/e2
-rmdir /n/e1 /n/e2
-test -e /n/e1
-rmdir
-rmdir -x /n
-rmdir EMPTY
-rmdir /
-touch /n/t1
-touch /n/t1 /n/b
-stat %b /n/b
-touch /n/tree
-touch -c /n/t2
-touch -t 20200102:030405 /n/t3
-touch -t xyz /n/t3
-touch -a -m /n/t5
-touch /nodir/t
-touch
-touch -x /n/a
-touch EMPTY
-getmerge /n m1
-getmerge -nl /n m2
-getmerge -nl -skip-empty-file /n m3
-getmerge /n/c /n/b m4
-getmerge /n/c /n/b into
-getmerge /n/c /n/b nodir/m
-getmerge /n/none /n/b m8
-getmerge /n/b /n/none m9
-getmerge /n/b m1
-getmerge /n/none m5
-getmerge /n/b
-getmerge
-getmerge -x /n/b m
-getmerge /n/tree into
-getmerge /n/b nodir/m
-getmerge EMPTY m
-getmerge /n/b EMPTY
-getmerge /n/tree m6
-getmerge /n/t* m7
-checksum /n/b
-checksum -v /n/b
-checksum /n/tree
-checksum /n/none
-checksum
-checksum EMPTY
-appendToFile a /n/b
-appendToFile a
-appendToFile
-expunge
-expunge x
-expunge -x
-expunge -immediate -fs s3a://{bucket}
-rmr /n/none
-rmr /n/t1
-rmr /n/ftree
-rmr
-lsr /n/tree/sub
-lsr
-dus /n/tree
-dus
-ls s3a://
-ls s3a:///
-lz
-cpp
-usage nope
-help nope
-bogus
-put text /
-text /text/one.gz
-text /text/one.gz /text/none /text/two.gz
-text -ignoreCrc /text/one.gz
-text /text/gzip-of-no-name
-text /text/rest.gz
-text /text/cut.gz
-text /text/sum.gz
-text /text/plain.gz
-text /text/empty.gz
-text /text/byte.gz
-text /text/.gz
-text /text/UPPER.GZ
-text /text/one.bz2
-text /text/two.bz2
-text /text/rest.bz2
-text /text/cut.bz2
-text /text/plain.bz2
-text /text/one.deflate
-text /text/two.deflate
-text /text/cut.deflate
-text /text/plain.deflate
-text /text/SEX
-text /text/Obx
-text /text/a.avro
-text /text/old.seq
-text /text/plain.seq
-text /text/records.seq
-text /text/blocks.seq
-text /text/records-bz2.seq
-text /text/blocks-bz2.seq
-text /text/bytes.seq
-text /text/null.seq
-text /text/numbers.seq
-text /text/lengths.seq
-text /text/small.seq
-text /text/short.seq
-text /text/map.seq
-text /text/cut.seq
-text /text/*.seq /text/one.*
-text /text
-text /none
-text
-text EMPTY
-text -x /text/one.gz
"""

DIFFERENT = {
    "-put a /d/": IN_FULL,
    "-put -f a b /k/f/": SLASH,
    "-copyFromLocal tree /d": IN_FULL,
    "-copyFromLocal a /nodir/x": PARENTS,
    "-ls -R /d": ORDER,
    "-ls -C -R /": "; ".join((ORDER, PARENTS, MARKERS)),
    "-ls s3a://no-such-bucket-here/x": BUCKET,
    "-touchz /nodir/zero": PARENTS,
    "-get /d/a /none into": SOURCES,
    "-get /d/a -": (
        "FsShell writes a file named -, rolefs writes to stdout, as both read stdin for a put"
    ),
    "-moveFromLocal gone /d/moved": "FsShell looks at the destination first, rolefs at the source",
    "-stat /d": NOW,
    "-ls -C //": PARENTS,
    "-ls -C -d /*": PARENTS,
    "-ls //k": TWO_SLASHES,
    "-ls /..": ABOVE,
    "-ls -C s3a:///k": NO_BUCKET,
    "-rm -r s3a://{bucket}": "FsShell takes a bucket without a slash as the home directory",
    "-put a /k/f": IN_FULL,
    "-put a /k/f/": SLASH,
    "-put tree /k/f": IN_FULL,
    "-put -f tree /k/f": IN_FULL,
    "-put a /k/f/x": BELOW,
    "-touchz /k/f/y": BELOW,
    "-put a /k/sub": IN_FULL,
    "-put -f a /k/sub": IN_FULL,
    "-put tree /k": IN_FULL,
    "-put -f tree /k": IN_FULL,
    "-put file://host{folder}/a /u4": OTHER_HOST,
    "-put tree/sub/. /u6": IN_FULL,
    "-ls -C -R /u6/tree": ORDER,
    "-cp -ptz /n/a /n/ptz": JAVA,
    "-cp /n/a /nodir/c": PARENTS,
    "-cp file://{folder}/a /n/fa": TO_S3,
    "-cp file://{folder}/none /n/fnone": WITHOUT_SCHEME,
    "-cp /n/a file://{folder}/cpa": WITHOUT_SCHEME,
    "-cp s3a://no-such-bucket-here/x /n/y": BUCKET,
    "-find /n -name": JAVA,
    "-find /n/tree -name {{x,y}}": ORDER,
    "-find /n/b -name EMPTY": "an empty pattern can come from a variable that is not set",
    "-find /n/tree": ORDER,
    "-touch /n/t1 /n/b": NO_TIMES,
    "-touch -t 20200102:030405 /n/t3": NO_TIMES,
    "-touch /nodir/t": PARENTS,
    "-checksum /n/b": OF_S3,
    "-checksum -v /n/b": OF_S3,
    "-appendToFile a /n/b": JAVA,
    "-expunge": NO_TRASH,
    "-expunge x": NO_TRASH,
    "-expunge -immediate -fs s3a://{bucket}": NO_TRASH,
    "-rmr": "FsShell says that the name is old before it looks at the arguments",
    "-text /text/cut.gz": NAMED,
    "-text /text/sum.gz": NAMED,
    "-text /text/plain.gz": NAMED,
    "-text /text/cut.bz2": NAMED,
    "-text /text/plain.bz2": "FsShell takes what is not bzip2 for empty",
    "-text /text/cut.deflate": NAMED,
    "-text /text/plain.deflate": NAMED,
    "-text /text/a.avro": NAMED,
    "-text /text/old.seq": NAMED,
    "-text /text/map.seq": CLASSES,
    "-text /text/*.seq /text/one.*": f"{NAMED}; {CLASSES}",
    "-text /text/cut.seq": "FsShell ignores that the file ends in a record",
    "-ls s3a://": ALL_BUCKETS,
    "-ls s3a:///": ALL_BUCKETS,
    "-get /u1 file:///none/got3": (
        "FsShell prints the URI with three slashes, and a path without a scheme with one"
    ),
}
