// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.time.Duration;

/**
 * How the engine carries flows.
 *
 * @param connectTimeout longest wait for an upstream, proxies included; 1 second to 10 minutes. Default 10 seconds
 * @param idleTimeout a TCP flow on which nothing moves is ended after this, at most 30 days; zero: never. Default 1 hour
 * @param halfCloseTimeout the same once one side has finished, at most 30 days; zero: never. Default 5 minutes
 * @param udpTimeout a UDP socket's mapping is forgotten when nothing moved for this; 1 second to 1 day. Default 60 seconds
 * @param maxFlows most flows at once; 0: as many as the limit of open files allows. Default 0
 * @param maxFlowsPerApp most flows of one application (cgroup) at once; 0: no limit. Default 0
 * @param accessLog whether every flow is logged when it ends. Default true
 * @param sniff how the host's name is read from a flow's first bytes where it is not known
 * @param userAgent whether HTTP proxies are told the application as {@code User-Agent: COMMAND/PID}. Default false
 */
public record EngineSettings(
        Duration connectTimeout,
        Duration idleTimeout,
        Duration halfCloseTimeout,
        Duration udpTimeout,
        int maxFlows,
        int maxFlowsPerApp,
        boolean accessLog,
        Sniffing sniff,
        boolean userAgent) {

    /** The values used where the file says nothing. */
    public static final EngineSettings DEFAULT = new EngineSettings(
            Duration.ofSeconds(10),
            Duration.ofHours(1),
            Duration.ofMinutes(5),
            Duration.ofSeconds(60),
            0,
            0,
            true,
            Sniffing.DEFAULT,
            false);
}
