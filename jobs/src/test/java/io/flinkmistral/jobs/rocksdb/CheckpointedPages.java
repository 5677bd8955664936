package io.flinkmistral.jobs.rocksdb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.util.IOUtils;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;
import org.rocksdb.WriteOptions;

/**
 * RocksDB with {@link PageStoreOptions}, used as Flink uses it: keys begin with the key group,
 * there is no log, a checkpoint flushes and uploads the files that no earlier one had. It waits for
 * merges, so that the files of a checkpoint depend on nothing but what was written.
 */
final class CheckpointedPages implements AutoCloseable {
  private static final int PAGE_BYTES = 4096;
  private static final int KEY_GROUPS = 128;

  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final Statistics statistics = new Statistics();
  private final WriteOptions withoutLog = new WriteOptions().setDisableWAL(true);
  private final FlushOptions flush = new FlushOptions().setWaitForFlush(true);
  private final DBOptions databases = new DBOptions();
  private final ColumnFamilyOptions columns = new ColumnFamilyOptions();
  private final Options options;
  private final RocksDB db;
  private final Random random = new Random(3);
  private final byte[] page = new byte[PAGE_BYTES];
  private Set<String> uploaded = new HashSet<>();
  private long uploadedBytes;

  CheckpointedPages(Path folder, PageStoreOptions factory) throws RocksDBException {
    RocksDB.loadLibrary();
    options =
        new Options(
                factory.createDBOptions(
                    databases.setCreateIfMissing(true).setStatistics(statistics), toClose),
                factory.createColumnOptions(columns, toClose))
            .setWriteBufferSize(1L << 20);
    db = RocksDB.open(options, folder.toString());
  }

  int pageBytes() {
    return PAGE_BYTES;
  }

  /** Writes a page of random bytes. */
  void put(String conversation, int index) throws RocksDBException {
    random.nextBytes(page);
    db.put(withoutLog, key(conversation, index), page);
  }

  void remove(String conversation, int index) throws RocksDBException {
    db.delete(withoutLog, key(conversation, index));
  }

  boolean has(String conversation, int index) throws RocksDBException {
    return db.get(key(conversation, index)) != null;
  }

  /** The first key that an iterator finds from a conversation on, without its key group. */
  String firstFrom(String conversation) {
    try (RocksIterator iterator = db.newIterator()) {
      iterator.seek(key(conversation, 0));
      byte[] found = iterator.key();
      return new String(found, 1, found.length - 1, StandardCharsets.UTF_8);
    }
  }

  private static byte[] key(String conversation, int index) {
    byte[] id = conversation.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + id.length + 1 + Integer.BYTES)
        .put((byte) Math.floorMod(conversation.hashCode() * 0x9E3779B9, KEY_GROUPS))
        .put(id)
        .put((byte) 0)
        .putInt(index)
        .array();
  }

  void checkpoint() throws RocksDBException {
    db.flush(flush);
    while (db.getLongProperty("rocksdb.compaction-pending") > 0
        || db.getLongProperty("rocksdb.num-running-compactions") > 0) {
      Thread.onSpinWait();
    }
    List<LiveFileMetaData> files = db.getLiveFilesMetaData();
    uploadedBytes +=
        files.stream()
            .filter(file -> !uploaded.contains(file.fileName()))
            .mapToLong(LiveFileMetaData::size)
            .sum();
    uploaded = files.stream().map(LiveFileMetaData::fileName).collect(Collectors.toSet());
  }

  long uploadedBytes() {
    return uploadedBytes;
  }

  int files() {
    return db.getLiveFilesMetaData().size();
  }

  long storedBytes() {
    return db.getLiveFilesMetaData().stream().mapToLong(LiveFileMetaData::size).sum();
  }

  /** Blocks of data that were read from files. */
  long pagesRead() {
    return statistics.getTickerCount(TickerType.BLOCK_CACHE_DATA_MISS);
  }

  @Override
  public void close() {
    db.close();
    options.close();
    columns.close();
    databases.close();
    flush.close();
    withoutLog.close();
    statistics.close();
    IOUtils.closeAllQuietly(toClose);
  }
}
