/**
 * What {@code ML_PREDICT} gets for a declared model.
 *
 * <pre>
 *   ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt), MAP['async', 'true'])   AsyncPrediction
 *   ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt), MAP['async', 'false'])  BlockingPrediction
 * </pre>
 *
 * Flink fails a job whose call takes longer than its time-out: {@code CallSettings} puts the
 * model's own deadline below it, {@code Advice} warns of settings that do not fit.
 */
package io.flinkmistral.table.provider;
