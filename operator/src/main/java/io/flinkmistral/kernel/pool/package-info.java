/**
 * Threads that share tasks.
 *
 * <pre>
 *   pool.run(5, task)      two threads: one is at 0, the other at 1; whoever is done takes 2, ...
 * </pre>
 *
 * <p>A pass of a model has hundreds of products, each of microseconds: so threads spin for a while
 * before they sleep ({@code SpinParkPool}), as long as that has paid before ({@code Patience}).
 */
package io.flinkmistral.kernel.pool;
