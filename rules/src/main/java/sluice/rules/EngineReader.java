// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads {@code engine}. */
final class EngineReader {
    private static final Section.Keys KEYS = Section.Keys.ofOwn(
            "connect-timeout",
            "idle-timeout",
            "half-close-timeout",
            "udp-timeout",
            "max-flows",
            "max-flows-per-app",
            "access-log",
            "sniff",
            "user-agent");
    private static final Section.Keys SNIFF = Section.Keys.ofOwn("override", "wait", "skip-ports", "skip");
    private static final Duration SHORTEST_SNIFF = Duration.ofMillis(10);
    private static final Duration LONGEST_SNIFF = Duration.ofSeconds(10);
    private static final Duration LONGEST_CONNECT = Duration.ofMinutes(10);
    private static final Duration LONGEST_IDLE = Duration.ofDays(30);
    private static final long MOST_FLOWS = 1_000_000;

    private EngineReader() {}

    static EngineSettings read(Section top) {
        Section section = top.section("engine", KEYS);
        EngineSettings usual = EngineSettings.DEFAULT;
        if (section == null) {
            return usual;
        }
        return new EngineSettings(
                time(section, "connect-timeout", usual.connectTimeout(), LONGEST_CONNECT),
                timeOrNever(section, "idle-timeout", usual.idleTimeout()),
                timeOrNever(section, "half-close-timeout", usual.halfCloseTimeout()),
                time(section, "udp-timeout", usual.udpTimeout(), Times.DAY),
                section.number("max-flows", usual.maxFlows(), 0, MOST_FLOWS),
                section.number("max-flows-per-app", usual.maxFlowsPerApp(), 0, MOST_FLOWS),
                section.flag("access-log", usual.accessLog()),
                section.or("sniff", usual.sniff(), EngineReader::sniffing),
                section.flag("user-agent", usual.userAgent()));
    }

    private static @Nullable Sniffing sniffing(Value value) {
        if (!(value.node() instanceof YamlNode.Mapping)) {
            Boolean wanted = value.flag();
            return wanted == null ? null : wanted ? Sniffing.DEFAULT : Sniffing.OFF;
        }
        Section section = value.section(SNIFF);
        if (section == null) {
            return null;
        }
        Sniffing usual = Sniffing.DEFAULT;
        List<PortRange> ports = section.has("skip-ports")
                ? section.oneOrMore("skip-ports").stream()
                        .map(port -> port.parsed(PortRange::parse))
                        .filter(Objects::nonNull)
                        .toList()
                : usual.skipPorts();
        var skip = new DomainList.Builder();
        for (DomainPattern pattern : ConditionsReader.parsed(section, "skip", DomainReader::parse)) {
            skip.add(pattern);
        }
        return new Sniffing(
                true,
                section.flag("override", usual.override()),
                section.or(
                        "wait",
                        usual.timeout(),
                        wait -> wait.parsed(text -> Times.between(SHORTEST_SNIFF, LONGEST_SNIFF, text))),
                ports,
                skip.build());
    }

    private static Duration time(Section section, String key, Duration otherwise, Duration longest) {
        return section.or(key, otherwise, value -> value.parsed(text -> Times.between(Times.SECOND, longest, text)));
    }

    private static Duration timeOrNever(Section section, String key, Duration otherwise) {
        return section.or(
                key, otherwise, value -> value.parsed(text -> Times.neverOrBetween(Times.SECOND, LONGEST_IDLE, text)));
    }
}
