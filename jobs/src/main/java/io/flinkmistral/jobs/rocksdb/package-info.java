/**
 * How RocksDB keeps pages of keys and values: so that incremental checkpoints upload what is new,
 * and hardly more. Flink makes the class by its name, which a cluster's own configuration may give
 * as well: {@code state.backend.rocksdb.options-factory}.
 */
package io.flinkmistral.jobs.rocksdb;
