// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the settings that are neither names nor rules. */
final class SettingsReader {
    static final long MOST_32_BITS = 0xffff_ffffL;

    private static final Section.Keys MARKS = Section.Keys.ofOwn("mask", "flow-mask", "guard");
    private static final Section.Keys API =
            Section.Keys.ofOwn("listen", "secret", "socket").knowing(OtherNames.API);
    private static final Section.Keys RUN =
            Section.Keys.ofOwn("user", "targets").knowing(OtherNames.RUN);

    private static final List<Prefix> EXPECTED_BYPASS = Stream.of("127.0.0.0/8", "::1", "224.0.0.0/4", "ff00::/8")
            .map(Prefix::parse)
            .toList();

    private SettingsReader() {}

    static Optional<Path> cgroupRoot(Section top) {
        return autoOrPath(top, "cgroup-root", "AUTO or the absolute path of a cgroup2 directory");
    }

    /** An absolute path; empty for {@code AUTO}, for no value, and after a problem was noted. */
    static Optional<Path> autoOrPath(Section section, String key, String allowed) {
        return Optional.ofNullable(section.get(key))
                .filter(value -> !(value.node() instanceof YamlNode.Scalar scalar
                        && scalar.text().equals("AUTO")))
                .map(value -> value.parsed(text -> absolute(text, allowed)));
    }

    static int routeTable(Section top) {
        Value value = top.get("route-table");
        Long table = value == null ? null : value.number(1, MOST_32_BITS);
        if (value == null || table == null) {
            return Configuration.DEFAULT_ROUTE_TABLE;
        }
        if (table >= 253 && table <= 255) {
            String name = table == 253 ? "default" : table == 254 ? "main" : "local";
            value.error(
                    "table " + table + " is the kernel's table \"" + name + "\"",
                    "a route in it would catch the traffic of the whole machine",
                    "take another number, for example " + Configuration.DEFAULT_ROUTE_TABLE);
        }
        return table.intValue();
    }

    static Marks marks(Section top) {
        Section section = top.section("marks", MARKS);
        if (section == null) {
            return Marks.DEFAULT;
        }
        int mask = section.number("mask", Marks.DEFAULT.mask(), 1, MOST_32_BITS);
        int flowMask = section.number("flow-mask", Marks.DEFAULT.flowMask(), 1, MOST_32_BITS);
        int guard = section.number("guard", Marks.DEFAULT.guard(), 1, MOST_32_BITS);
        Value flow = section.get("flow-mask");
        int lowest = Integer.numberOfTrailingZeros(flowMask);
        int bits = Integer.bitCount(flowMask);
        if (flow != null && (bits < 3 || flowMask >>> lowest != (int) (0xffff_ffffL >>> (32 - bits)))) {
            flow.error(
                    "found " + flow.node().description(),
                    "at least 3 neighbouring bits are expected",
                    "such as 0xff000000");
        }
        Value guardValue = section.get("guard");
        if (guardValue != null && Integer.bitCount(guard) != 1) {
            guardValue.error(
                    "found " + guardValue.node().description(), "exactly one bit is expected", "such as 0x08000000");
        }
        return new Marks(mask, flowMask, guard);
    }

    /** Whether the marks suffice for what the rules name; programs of {@code sluice run} may need more. */
    static void requireEngineMarks(Section top, Configuration configuration) {
        Set<String> targets = new LinkedHashSet<>();
        for (Rule rule : configuration.rules()) {
            if (rule.target() instanceof Target.Proxy(String outbound)) {
                targets.add(outbound);
            }
        }
        try {
            EngineMarks.choose(targets, configuration, Map.of(), Set.of());
        } catch (InvalidValueException e) {
            Section section = top.section("marks", MARKS);
            Value mask = section == null ? null : section.get("mask");
            Value place = mask == null ? top.self() : mask;
            place.error(e.found(), e.allowed(), e.remedy());
        }
    }

    static Bypass bypass(Section top) {
        List<Prefix> blocks = new ArrayList<>();
        boolean local = false;
        boolean lan = false;
        for (Value item : top.items("bypass")) {
            String word = item.node() instanceof YamlNode.Scalar scalar ? scalar.text() : "";
            if (word.equals("local")) {
                local = true;
            } else if (word.equals("lan")) {
                lan = true;
            } else {
                Prefix prefix = item.parsed(Prefix::parse);
                if (prefix != null) {
                    blocks.add(prefix);
                }
            }
        }
        return new Bypass(blocks, local, lan);
    }

    static void warnAboutBypass(Section top, Problems problems, Bypass bypass, List<Rule> rules) {
        PrefixSet blocks = PrefixSet.merge(bypass.blocks());
        List<String> missing = EXPECTED_BYPASS.stream()
                .filter(prefix -> !blocks.covers(prefix)
                        && !(bypass.local() && prefix.network().isLoopbackAddress()))
                .map(prefix -> prefix.equals(EXPECTED_BYPASS.get(1)) ? "::1" : prefix.toString())
                .toList();
        boolean touches = rules.stream().anyMatch(rule -> !(rule.target() instanceof Target.Direct));
        if (touches && !missing.isEmpty()) {
            Value value = top.get("bypass");
            Position at = value == null ? Position.START : value.node().at();
            problems.warn(
                    at,
                    "bypass",
                    "without " + String.join(", ", missing),
                    "loopback or multicast traffic will be dropped or sent to a proxy",
                    "add them unless that is meant");
        }
    }

    static ApiSettings api(Section top) {
        Section section = top.section("api", API);
        if (section == null) {
            return ApiSettings.DEFAULT;
        }
        Optional<Endpoint> listen = Optional.ofNullable(section.get("listen"))
                .flatMap(v -> Optional.ofNullable(v.parsed(Addresses::listen)));
        Optional<Secret> secret = Optional.ofNullable(section.get("secret"))
                .flatMap(v -> Optional.ofNullable(v.secretText()))
                .filter(text -> !text.equals("AUTO"))
                .map(Secret::new);
        Path socket = section.or("socket", ApiSettings.DEFAULT.socket(), v -> v.parsed(SettingsReader::socket));
        Value secretValue = section.get("secret");
        if (secretValue != null
                && listen.isPresent()
                && secret.filter(s -> s.matches("")).isPresent()) {
            secretValue.warn(
                    "the API is open to everybody who reaches " + listen.get(),
                    "",
                    "set a secret, or AUTO to have one made");
        }
        return new ApiSettings(listen, secret, socket);
    }

    private static Path socket(String text) {
        Path path = absolute(text, "an absolute path");
        if (text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > 107) {
            throw new InvalidValueException(
                    "the path is too long", "a Unix socket's path has at most 107 bytes", "take a shorter one");
        }
        return path;
    }

    static Path absolute(String text, String allowed) {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute() && path.normalize().equals(path)) {
                return path;
            }
        } catch (InvalidPathException e) {
            // Said below.
        }
        throw new InvalidValueException("found " + Words.quoted(text), allowed + " is expected", "");
    }

    static List<RunGrant> run(Section top, Set<String> tproxies, Set<String> outbounds, UserLookup users) {
        Set<String> known = new LinkedHashSet<>(List.of("direct", "drop"));
        known.addAll(tproxies);
        known.addAll(outbounds);
        List<RunGrant> grants = new ArrayList<>();
        for (Value item : top.items("run")) {
            Section section = item.section(RUN);
            if (section == null) {
                continue;
            }
            Value user = section.require("user");
            OptionalInt uid = user == null ? OptionalInt.empty() : uid(user, users);
            List<String> targets = new ArrayList<>();
            if (section.require("targets") != null) {
                for (Value target : section.oneOrMore("targets")) {
                    String name = target.text();
                    if (name != null && !known.contains(name)) {
                        String nearest = Words.didYouMean(name, known);
                        target.error(
                                "unknown target " + Words.quoted(name),
                                Words.known("targets", known),
                                nearest.isEmpty() ? "write one of these" : nearest);
                    } else if (name != null) {
                        targets.add(name);
                    }
                }
            }
            if (user != null && uid.isPresent()) {
                grants.add(new RunGrant(((YamlNode.Scalar) user.node()).text(), uid.getAsInt(), targets));
            }
        }
        return grants;
    }

    /** The number of a user given by name or number; empty after a problem was noted. */
    static OptionalInt uid(Value value, UserLookup users) {
        String text = value.text();
        if (text == null) {
            return OptionalInt.empty();
        }
        if (text.matches("[0-9]+")) {
            if (text.length() <= 10 && Long.parseLong(text) < MOST_32_BITS) {
                return OptionalInt.of((int) Long.parseLong(text));
            }
            value.error("found " + text, "user numbers go from 0 to " + (MOST_32_BITS - 1), "");
            return OptionalInt.empty();
        }
        OptionalInt uid = users.uid(text);
        if (uid.isEmpty()) {
            value.error(
                    "unknown user " + Words.quoted(text),
                    "a name from /etc/passwd or a number is expected",
                    "for users from elsewhere, write the number that 'id -u' prints");
        }
        return uid;
    }

    static void unknown(Value value, String kind, String kinds, String name, Set<String> known) {
        if (name.contains("://")) {
            value.error(
                    "found the URL " + Words.quoted(name),
                    "the name of one of the " + kinds + " is expected",
                    "give the server a name there, and write that");
            return;
        }
        String nearest = Words.didYouMean(name, known);
        value.error(
                "unknown " + kind + " " + Words.quoted(name),
                Words.known(kinds, known),
                nearest.isEmpty()
                        ? "add it to " + kinds + (known.isEmpty() ? "" : ", or write one of these")
                        : nearest);
    }
}
