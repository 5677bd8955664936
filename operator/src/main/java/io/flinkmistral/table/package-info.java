/**
 * Models in Flink's SQL.
 */
package io.flinkmistral.table;
