// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/** Where the traffic of a cgroup goes. */
public sealed interface Target {
    /** The target's text as a rule has it: {@code direct}, {@code drop}, {@code tproxy mihomo}. */
    String description();

    /** Out, untouched. */
    record Direct() implements Target {
        @Override
        public String description() {
            return "direct";
        }
    }

    /**
     * Nowhere.
     *
     * @param kind how, and whether destinations in {@code bypass} stay reachable
     */
    record Drop(Kind kind) implements Target {
        /** How traffic is dropped. */
        public enum Kind {
            /** {@code drop: true}: silently, except to destinations in {@code bypass}. */
            TRUE,
            /** {@code drop: all}: silently, except to loopback. */
            ALL,
            /** {@code drop: reject}: answered with RST or ICMP, except to destinations in {@code bypass}. */
            REJECT
        }

        @Override
        public String description() {
            return switch (kind) {
                case TRUE -> "drop";
                case ALL -> "drop all";
                case REJECT -> "reject";
            };
        }
    }

    /**
     * To a TPROXY server.
     *
     * @param name key of {@link Configuration#tproxies()}
     */
    record Tproxy(String name) implements Target {
        @Override
        public String description() {
            return "tproxy " + name;
        }
    }

    /**
     * Through the built-in engine.
     *
     * @param outbound key of {@link Configuration#outbounds()}, or the built-in {@code direct} or {@code block}
     */
    record Proxy(String outbound) implements Target {
        @Override
        public String description() {
            return "proxy " + outbound;
        }
    }
}
