// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.time.Duration;

/**
 * What nobody needs to configure, and tests make smaller.
 *
 * @param keepaliveAfter age at which a flow's connections are told to probe their peers (SO_KEEPALIVE)
 * @param pipes pipes at most, 1 MiB each
 */
public record Tuning(Duration keepaliveAfter, int pipes) {
    /** The values for real machines. */
    public static final Tuning DEFAULT = new Tuning(Duration.ofSeconds(60), 128);

    private static final int PIPES_SHARE = 64;

    /** The same where only so many descriptors may be open, of which a pipe takes two. */
    public Tuning within(int descriptors) {
        return new Tuning(keepaliveAfter, Math.min(Math.max(1, descriptors / PIPES_SHARE), pipes));
    }
}
