package io.flinkmistral.jobs.state;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;

/**
 * How RocksDB is to keep pages of keys and values, so that incremental checkpoints upload little
 * beyond the pages that are new.
 *
 * <p>Each checkpoint flushes what is new into a file of level 0 and uploads it. By default RocksDB
 * merges every four of these files into level 1, together with what lies there between the same
 * keys: pages, which never change, are written and uploaded again and again. Here it waits for many
 * more files, and a page is merged about once in its life. Level 1 has files of few pages, so that
 * new pages of a conversation, whose keys follow those of its old ones, meet few of them; and it
 * may be so large that there is hardly ever a level 2. To look into many files costs little where
 * each has a filter that knows its keys.
 */
public final class PageStoreOptions implements RocksDBOptionsFactory {
  private static final long serialVersionUID = 1L;

  private static final int FILES_TO_MERGE = 64;
  private static final int FILES_TO_SLOW_DOWN = 3 * FILES_TO_MERGE;
  private static final int FILES_TO_STOP = 4 * FILES_TO_MERGE;
  private static final long FILE_BYTES = 8L << 20;
  private static final long LEVEL_1_BYTES = 16L << 30;
  private static final double FILTER_BITS_A_KEY = 10;

  @Override
  public DBOptions createDBOptions(DBOptions options, Collection<AutoCloseable> toClose) {
    return options;
  }

  @Override
  public ColumnFamilyOptions createColumnOptions(
      ColumnFamilyOptions options, Collection<AutoCloseable> toClose) {
    BloomFilter filter = new BloomFilter(FILTER_BITS_A_KEY);
    toClose.add(filter);
    BlockBasedTableConfig table =
        options.tableFormatConfig() instanceof BlockBasedTableConfig given
            ? given
            : new BlockBasedTableConfig();
    return options
        .setLevel0FileNumCompactionTrigger(FILES_TO_MERGE)
        .setLevel0SlowdownWritesTrigger(FILES_TO_SLOW_DOWN)
        .setLevel0StopWritesTrigger(FILES_TO_STOP)
        .setTargetFileSizeBase(FILE_BYTES)
        .setMaxBytesForLevelBase(LEVEL_1_BYTES)
        .setTableFormatConfig(table.setFilterPolicy(filter));
  }
}
