// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

/** What {@link EngineBenchmark} measures. */
public enum Measure {
    /** Download over one connection. */
    ONE_STREAM("1 stream, Gb/s"),
    /** Processor time of the relay for it. */
    ONE_STREAM_CPU("1 stream, CPU s/GiB"),
    /** Download over 32 connections. */
    MANY_STREAMS("32 streams, Gb/s"),
    /** Processor time of the relay for it. */
    MANY_STREAMS_CPU("32 streams, CPU s/GiB"),
    /** Connections with a request and an answer of 100 bytes, 32 at a time. */
    CONNECTIONS("connections/s"),
    /** Processor time of the relay for each. */
    CONNECTION_CPU("CPU µs/connection"),
    /** The same while 32 streams download. */
    BUSY_CONNECTIONS("connections/s beside 32 streams"),
    /** What the streams got meanwhile. */
    BUSY_STREAMS("those 32 streams, Gb/s"),
    /** One byte to and fro on one connection. */
    PING_P50("ping p50, µs"),
    /** The slowest percent of it. */
    PING_P99("ping p99, µs"),
    /** How much the relay grew by idle connections, for each. */
    IDLE_MEMORY("idle connection, kB"),
    /** How many were open then. */
    IDLE_CONNECTIONS("idle connections"),
    /** Datagrams of 64 bytes that arrived while as many as possible were sent. */
    SMALL_DATAGRAMS("64-byte datagrams/s"),
    /** Share that was lost at a steady rate. */
    SMALL_LOSS("lost at 20,000/s, %"),
    /** Datagrams of 1,400 bytes that arrived while as many as possible were sent. */
    LARGE_DATAGRAMS("1,400-byte datagrams/s"),
    /** Share that was lost at a steady rate. */
    LARGE_LOSS("lost at 20,000/s, %");

    private final String label;

    Measure(String label) {
        this.label = label;
    }

    /** For the table, with its unit. */
    public String label() {
        return label;
    }
}
