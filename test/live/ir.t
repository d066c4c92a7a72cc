# Programs of BCC's kind, written by hand as IR text.  Keys are shown byte by byte.

NAME page cache counter: struct key, counter
ARGS --ir
TOOL test/code/page_cache.ir
LOAD head -c 1M /dev/zero > /tmp/sonde-ir-test.$$; rm -f /tmp/sonde-ir-test.$$
EXPECT ^@counts\[\[1,0,0,0,0,0,0,0,104,101,97,100,0,0,0,0,0,0,0,0,0,0,0,0\]\]: 2[5-9]\d$

NAME block latency: start map, struct key, histogram with its sum
ARGS --ir
TOOL test/code/block_latency.ir
LOAD f=/tmp/sonde-ir-test.$$; head -c 4M /dev/zero > $f; l=$(losetup -f --show $f); dd if=/dev/zero of=$l bs=4k count=50 oflag=direct; losetup -d $l; rm -f $f
EXPECT ^@dist\[\[\d+,\d+,\d+,\d+,0,0,0,0,(?!64)\d+,0,0,0,0,0,0,0\]\]: \d+$
EXPECT ^@dist\[\[\d+,\d+,\d+,\d+,0,0,0,0,64,0,0,0,0,0,0,0\]\]: \d{3,}$

NAME what -d ir prints is a program again
ARGS --ir
TOOL test/code/reread.ir
LOAD {build}/helper/load getppid 700
EXPECT ^@\[\d+\]: 7\d\d$
