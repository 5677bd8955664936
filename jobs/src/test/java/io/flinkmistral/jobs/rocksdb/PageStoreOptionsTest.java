package io.flinkmistral.jobs.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.ChatPipeline;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.options.JobArguments;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionStyle;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.RocksDB;

class PageStoreOptionsTest {

  @Test
  void runsAreLeftAloneUntilThereAreVeryMany() throws Exception {
    RocksDB.loadLibrary();
    List<AutoCloseable> toClose = new ArrayList<>();
    BlockBasedTableConfig table = new BlockBasedTableConfig().setBlockSize(12345);
    try (ColumnFamilyOptions options =
        new PageStoreOptions()
            .createColumnOptions(new ColumnFamilyOptions().setTableFormatConfig(table), toClose)) {
      assertThat(options.compactionStyle()).isEqualTo(CompactionStyle.UNIVERSAL);
      assertThat(options.level0FileNumCompactionTrigger()).isEqualTo(1200);
      assertThat(options.level0SlowdownWritesTrigger()).isGreaterThan(1200);
      assertThat(options.level0StopWritesTrigger())
          .isGreaterThan(options.level0SlowdownWritesTrigger());
      assertThat(options.tableFormatConfig()).isSameAs(table);
      assertThat(table.filterPolicy()).isNotNull();
      assertThat(table.indexType()).isEqualTo(IndexType.kBinarySearchWithFirstKey);
      assertThat(table.blockSize()).isEqualTo(12345);
    } finally {
      for (AutoCloseable one : toClose) {
        one.close();
      }
    }
  }

  @Test
  void filesAreMappedAndTheirListStaysShort() throws Exception {
    RocksDB.loadLibrary();
    try (DBOptions options =
        new PageStoreOptions().createDBOptions(new DBOptions(), new ArrayList<>())) {
      assertThat(options.allowMmapReads()).isTrue();
      assertThat(options.maxManifestFileSize()).isEqualTo(1 << 20);
    }
  }

  /** With a fifth of the runs; one merge is among it, of pages that live and that were removed. */
  @Test
  @Timeout(120)
  void checkpointsUploadHardlyMoreThanNewPages(@TempDir Path folder) throws Exception {
    try (CheckpointedPages store = new CheckpointedPages(folder, new PageStoreOptions(240))) {
      ConversationsOfPages load = new ConversationsOfPages(store);
      for (int checkpoint = 1; checkpoint <= 280; checkpoint++) {
        load.fillPages(40);
        store.checkpoint();
        assertThat(store.uploadedBytes())
            .as("uploaded by %d checkpoints", checkpoint)
            .isLessThan((long) (1.3 * load.filledBytes()));
      }
      assertThat(store.files()).as("after a merge").isLessThan(100);
      assertThat(store.storedBytes()).isLessThan(3 * load.livePages() * store.pageBytes());
      load.assertAllThere();
    }
  }

  @Test
  @Timeout(60)
  void anIteratorReadsPagesOnlyWhereItStops(@TempDir Path folder) throws Exception {
    try (CheckpointedPages store = new CheckpointedPages(folder, new PageStoreOptions())) {
      for (int checkpoint = 0; checkpoint < 50; checkpoint++) {
        store.put("c-" + checkpoint, 0);
        store.put("z-" + checkpoint, 0);
        store.checkpoint();
      }
      long before = store.pagesRead();
      assertThat(store.firstFrom("c-17")).startsWith("c-17");
      assertThat(store.pagesRead() - before).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void theJobSetsThemUnlessTheClusterHasOptionsOfItsOwn() {
    assertThat(factoryOf(new Configuration())).isEqualTo(PageStoreOptions.class.getName());
    assertThat(factoryOf(new Configuration().set(RocksDBOptions.OPTIONS_FACTORY, "an.Other")))
        .isEqualTo("an.Other");
  }

  @Test
  void smallFilesAreNoPartOfEachCheckpointsMetadataUnlessTheClusterSaysSo() {
    assertThat(inlineThresholdOf(new Configuration())).isEqualTo(new MemorySize(512));
    MemorySize other = MemorySize.parse("7 kb");
    assertThat(
            inlineThresholdOf(
                new Configuration().set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, other)))
        .isEqualTo(other);
  }

  private static String factoryOf(Configuration cluster) {
    return pipelineOn(cluster).getConfiguration().get(RocksDBOptions.OPTIONS_FACTORY);
  }

  private static MemorySize inlineThresholdOf(Configuration cluster) {
    return pipelineOn(cluster).getConfiguration().get(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD);
  }

  private static StreamExecutionEnvironment pipelineOn(Configuration cluster) {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(cluster);
    ChatPipeline.add(env, JobArguments.parse(Map.of(), "--model.path=" + TinyModel.PATH));
    return env;
  }
}
