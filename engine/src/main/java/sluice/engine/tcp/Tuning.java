// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.time.Duration;

/**
 * What nobody needs to configure, and tests make smaller.
 *
 * @param sniffWait how long a client may be silent before its flow goes on without a name
 * @param keepaliveAfter age at which a flow's connections are told to probe their peers (SO_KEEPALIVE)
 * @param pipes pipes at most, 1 MiB each
 */
public record Tuning(Duration sniffWait, Duration keepaliveAfter, int pipes) {
    /** The values for real machines. */
    public static final Tuning DEFAULT = new Tuning(Duration.ofMillis(300), Duration.ofSeconds(60), 128);
}
