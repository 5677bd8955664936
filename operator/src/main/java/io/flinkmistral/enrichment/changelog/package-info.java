/**
 * Rows of a table that changes, enriched by what takes its time: a changelog in, a changelog out.
 *
 * <pre>
 *   in                        asked    out
 *   +I (7, 'lamp', 10)        'lamp'   +I (7, 'lamp', 10, positive)
 *   +U (7, 'lamp', 12)                 -U (7, 'lamp', 10, positive), +U (7, 'lamp', 12, positive)
 *   +U (7, 'it broke', 12)    'it br'  -U (7, 'lamp', 12, positive), +U (7, 'it broke', 12, negative)
 *   -D (7)                             -D (7, 'it broke', 12, negative)
 * </pre>
 *
 * <p>{@link io.flinkmistral.enrichment.changelog.ChangelogStreams} puts the operator into a stream,
 * and {@link io.flinkmistral.enrichment.changelog.ChangeEnricher} is what it asks; it knows nothing
 * of models.
 *
 * <p>What may surprise: state has each row of the table with its result, for as long as the table
 * has it, or is told to keep it. A deletion, or {@code -U}, of a row that is not known is counted
 * and passed over. What comes out for a key depends on time where rows change faster than they are
 * answered; what the table has in the end does not.
 */
package io.flinkmistral.enrichment.changelog;
