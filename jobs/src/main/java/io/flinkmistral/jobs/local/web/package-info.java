/**
 * The door of Flink's web page on this machine. Flink's REST interface asks nobody who they are,
 * and whoever may post to it can run code: it takes jars ({@code /jars}, which can be switched off)
 * and serialised jobs ({@code /jobs}, which cannot). That it listens on the loopback interface
 * alone keeps other machines away, but not web pages in a browser of this one, which may post forms
 * anywhere, or have a name of their own resolved to 127.0.0.1 (DNS rebinding). So what a browser
 * sends for a page that is not Flink's own is refused before any of it is read. None of it is in
 * the job's jar.
 */
package io.flinkmistral.jobs.local.web;
