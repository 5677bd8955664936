/**
 * {@code mvn -q -Pbench-gateway}: what the gateway adds to the time of a token, and what it takes
 * of a core. A fake job writes tokens at a fixed rate, so that nothing else takes time.
 */
package io.flinkmistral.jobs.bench.gateway;
