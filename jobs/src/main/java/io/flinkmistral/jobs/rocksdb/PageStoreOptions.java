package io.flinkmistral.jobs.rocksdb;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionOptionsUniversal;
import org.rocksdb.CompactionStopStyle;
import org.rocksdb.CompactionStyle;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;

/**
 * How RocksDB is to keep pages of keys and values, so that incremental checkpoints upload little
 * beyond the pages that are new.
 *
 * <p>Each checkpoint flushes what is new into a file and uploads it; a merge of files writes pages
 * that are uploaded already once more. Pages never change, so a merge is of use for two things
 * only: to give back the room of pages that were removed, and to bound the number of files that a
 * read looks into. Both can wait. Here it begins when there are {@value #RUNS_TO_MERGE} sorted runs
 * (files of a checkpoint, or results of merges), and takes all, in one pass. Then a page that lives
 * for {@code t} checkpoints costs {@code t / }{@value #RUNS_TO_MERGE} uploads beyond its first. The
 * price is room on disk: pages that were removed stay until the next merge.
 *
 * <p><b>Why universal compaction.</b> Leveled compaction merges level 0 with all of level 1, since
 * the keys of a file of level 0 lie everywhere (they begin with the key group): where pages live
 * long, each merge writes the whole store. Universal compaction leaves a big run alone until newer
 * ones are as large.
 *
 * <p><b>Reads.</b> A filter for each file tells a look-up of one key which files it need not open.
 * An iterator has no use for filters, and would read a page from every file to find its place; with
 * the first key of each block in the index it reads only those that it stops at.
 *
 * <p><b>Memory.</b> A merge holds a page of each file that it reads; of {@value #RUNS_TO_MERGE}
 * files that would be gigabytes, which Flink does not count. So files are mapped: what a merge
 * holds is the kernel's to take back. A slot has up to 10,000 files then, each a mapping; a
 * TaskManager with more than six slots needs {@code vm.max_map_count} above its usual 65530.
 *
 * <p><b>The list of files</b> (RocksDB's manifest) goes up whole with every checkpoint. It is a
 * log, begun anew where it is long, by default at a gigabyte.
 */
public final class PageStoreOptions implements RocksDBOptionsFactory {
  private static final long serialVersionUID = 1L;

  private static final int RUNS_TO_MERGE = 1200;

  /** New pages and old room ÷ the oldest run, above which a merge takes that as well. */
  private static final int SIZE_AMPLIFICATION_PERCENT = 300;

  /** What the list of files may grow to. */
  private static final long MANIFEST_BYTES = 1L << 20;

  private static final double FILTER_BITS_A_KEY = 10;

  private final int runsToMerge;

  /** For Flink. */
  public PageStoreOptions() {
    this(RUNS_TO_MERGE);
  }

  PageStoreOptions(int runsToMerge) {
    this.runsToMerge = runsToMerge;
  }

  @Override
  public DBOptions createDBOptions(DBOptions options, Collection<AutoCloseable> toClose) {
    return options.setAllowMmapReads(true).setMaxManifestFileSize(MANIFEST_BYTES);
  }

  @Override
  public ColumnFamilyOptions createColumnOptions(
      ColumnFamilyOptions options, Collection<AutoCloseable> toClose) {
    BloomFilter filter = new BloomFilter(FILTER_BITS_A_KEY);
    CompactionOptionsUniversal merges = new CompactionOptionsUniversal();
    toClose.add(filter);
    toClose.add(merges);
    BlockBasedTableConfig table =
        options.tableFormatConfig() instanceof BlockBasedTableConfig given
            ? given
            : new BlockBasedTableConfig();
    return options
        .setCompactionStyle(CompactionStyle.UNIVERSAL)
        .setCompactionOptionsUniversal(
            merges
                .setMaxSizeAmplificationPercent(SIZE_AMPLIFICATION_PERCENT)
                .setStopStyle(CompactionStopStyle.CompactionStopStyleTotalSize)
                // Otherwise the few newest files would be merged again and again.
                .setMinMergeWidth(runsToMerge / 2))
        .setLevel0FileNumCompactionTrigger(runsToMerge)
        .setLevel0SlowdownWritesTrigger(3 * runsToMerge)
        .setLevel0StopWritesTrigger(4 * runsToMerge)
        .setTableFormatConfig(
            table.setFilterPolicy(filter).setIndexType(IndexType.kBinarySearchWithFirstKey));
  }
}
