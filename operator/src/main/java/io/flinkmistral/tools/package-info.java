/**
 * Commands of engineers, each a Maven profile; no job uses them.
 *
 * <pre>
 *   mvn -q -Pdescribe -Dmodel=FILE                      what a file holds, and whether it will run
 *   mvn -q -Pquantise -Dmodel=FOLDER -Dtype=q4_0 ...    fewer bits
 *   mvn -q -Pbench    -Dmodel=FILE -Dtests=pp128,tg32   how fast
 *   mvn -q -Pprobe                                      questions to the engine, line by line
 * </pre>
 */
package io.flinkmistral.tools;
