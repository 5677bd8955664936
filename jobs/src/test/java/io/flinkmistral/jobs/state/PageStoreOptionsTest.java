package io.flinkmistral.jobs.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.ChatPipeline;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.options.JobArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.RocksDB;

class PageStoreOptionsTest {

  @Test
  void manyFilesAreMergedAtOnceAndEachHasAFilter() throws Exception {
    RocksDB.loadLibrary();
    List<AutoCloseable> toClose = new ArrayList<>();
    BlockBasedTableConfig table = new BlockBasedTableConfig().setBlockSize(12345);
    try (ColumnFamilyOptions options =
        new PageStoreOptions()
            .createColumnOptions(new ColumnFamilyOptions().setTableFormatConfig(table), toClose)) {
      assertThat(options.level0FileNumCompactionTrigger()).isEqualTo(64);
      assertThat(options.level0SlowdownWritesTrigger()).isGreaterThan(64);
      assertThat(options.level0StopWritesTrigger())
          .isGreaterThan(options.level0SlowdownWritesTrigger());
      assertThat(options.tableFormatConfig()).isSameAs(table);
      assertThat(table.filterPolicy()).isNotNull();
      assertThat(table.blockSize()).isEqualTo(12345);
    } finally {
      for (AutoCloseable one : toClose) {
        one.close();
      }
    }
  }

  @Test
  void theJobSetsThemUnlessTheClusterHasOptionsOfItsOwn() {
    assertThat(factoryOf(new Configuration())).isEqualTo(PageStoreOptions.class.getName());
    assertThat(factoryOf(new Configuration().set(RocksDBOptions.OPTIONS_FACTORY, "an.Other")))
        .isEqualTo("an.Other");
  }

  private static String factoryOf(Configuration cluster) {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(cluster);
    ChatPipeline.add(env, JobArguments.parse(Map.of(), "--model.path=" + TinyModel.PATH));
    return env.getConfiguration().get(RocksDBOptions.OPTIONS_FACTORY);
  }
}
