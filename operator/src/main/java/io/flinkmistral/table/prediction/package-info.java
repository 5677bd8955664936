/**
 * What is done with each row: planned once, serialised into the job, and done in subtasks.
 *
 * <pre>
 *   ModelDeclaration  --&gt;  Prediction  --(in the job)--&gt;  Predictor: row in, row out
 * </pre>
 *
 * A row without a result is NULL with a reason, or fails the job, as {@code
 * error-handling-strategy} says; its first errors are logged.
 */
package io.flinkmistral.table.prediction;
