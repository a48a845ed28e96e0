// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

/** What is counted about queries that the engine has answered in the place of the server that was asked. */
public enum NameCounter {
    /** Queries over UDP. */
    UDP_QUERIES,
    /** Connections to port 53. */
    TCP_CONNECTIONS,
    /** Queries over TCP. */
    TCP_QUERIES,
    /** Answers that were there at once. */
    ANSWERED_AT_ONCE,
    /** Answers that came later. */
    ANSWERED_LATER,
    /** Connections refused: as many of one application, or in all, as there may be. */
    OVER_CONNECTIONS,
    /** Answers dropped: too many wait already to be sent. */
    OVER_ANSWERS,
    /** Connections ended because the application did not take its answers. */
    SLOW_READERS,
    /** Queries dropped because of an error of ours. */
    FAILED
}
