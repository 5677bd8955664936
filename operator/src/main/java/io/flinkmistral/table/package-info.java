/**
 * Models in Flink's SQL and Table API: provider {@code mistral} of {@code CREATE MODEL}, which
 * {@code ML_PREDICT} calls, and the module of functions.
 *
 * <pre>{@code
 * CREATE MODEL sentiment INPUT (review STRING) OUTPUT (label STRING, error_string STRING)
 * WITH ('provider' = 'mistral', 'model.path' = '/models/mistral-7b-instruct-v0.3.Q4_0.gguf',
 *   'task' = 'classify', 'labels' = 'positive, negative');
 * SELECT * FROM ML_PREDICT(TABLE reviews, MODEL sentiment, DESCRIPTOR(review));
 * }</pre>
 *
 * <p>A declaration is read when a statement is planned ({@code ModelDeclaration}), and becomes a
 * {@code Prediction}, which is serialised into the job; a {@code Predictor} does it in a subtask,
 * on the model that all slots of the process share. {@code ML_PREDICT} of 2.3.0 takes no updates,
 * and fails its job when a call takes longer than Flink's time: so a row has a time of its own
 * below that, and comes out with NULL and a reason.
 */
package io.flinkmistral.table;
