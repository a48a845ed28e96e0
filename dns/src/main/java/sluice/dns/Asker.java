// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import org.jspecify.annotations.Nullable;
import sluice.bounds.Claimant;
import sluice.linux.InetEndpoint;

/** Who asks, and whom. Any thread. */
public interface Asker extends Claimant {
    /** The application's end. */
    InetEndpoint client();

    /** The server that was asked, as the application wrote it; answers come from there. */
    InetEndpoint server();

    /** The outbound that the rule of the application's cgroup names. */
    String target();

    /** Whether it asked over TCP, where an answer may have 65,535 bytes. */
    boolean overTcp();

    /**
     * Path of the application's cgroup from the cgroup2 mount, or null when unknown. Costs a system call the first time, so it is asked for only
     * where something depends on it.
     */
    @Nullable
    String cgroup();
}
