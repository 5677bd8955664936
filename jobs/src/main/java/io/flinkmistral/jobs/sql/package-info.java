/**
 * Scripts of SQL: taken apart, run statement by statement, rows written as JSON. {@link
 * io.flinkmistral.jobs.sql.SqlJob} runs one on any cluster.
 *
 * <pre>{@code
 * SqlSession session = new SqlSession(env, options, new JsonOutput(System.out, System.err));
 * session.runAll("CREATE MODEL ...; SELECT ...");
 * }</pre>
 */
package io.flinkmistral.jobs.sql;
