// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Reads {@code rules}. */
final class RulesReader {
    private static final List<String> TARGETS = List.of("direct", "drop", "tproxy", "proxy");
    private static final List<String> CONDITIONS = List.of("match", "app", "unit", "slice", "user", "container");
    private static final Section.Keys KEYS = new Section.Keys(
            List.of("match", "tproxy", "drop", "direct"),
            List.of("proxy", "app", "unit", "slice", "user", "container"),
            OtherNames.RULES);

    private final Set<String> tproxies;
    private final Set<String> outbounds;
    private final UserLookup users;
    private final List<Rule> rules = new ArrayList<>();
    private final Map<List<PathPattern>, Rule> conditions = new HashMap<>();
    private @Nullable Rule matchesEverything;

    RulesReader(Set<String> tproxies, Set<String> outbounds, UserLookup users) {
        this.tproxies = tproxies;
        this.outbounds = outbounds;
        this.users = users;
    }

    List<Rule> read(Section top) {
        for (Value item : top.items("rules")) {
            Section section = item.section(KEYS);
            if (section != null) {
                rule(section);
            }
        }
        return rules;
    }

    private void rule(Section section) {
        List<PathPattern> patterns = patterns(section);
        Target target = target(section);
        if (patterns.isEmpty() || target == null) {
            return;
        }
        Value self = section.self();
        var rule = new Rule(rules.size(), self.node().at().line(), condition(section), patterns, target);
        warnIfUnreachable(rule, self);
        Value match = section.get("match");
        String text = patterns.getFirst().text();
        if (patterns.size() == 1 && match != null && target instanceof Target.Direct && isSpoofable(text)) {
            match.warn(
                    "this is searched for anywhere in the path",
                    "users name their own cgroups, so any of them can make one that goes direct",
                    "start it with ^");
        }
        rules.add(rule);
    }

    private static boolean isSpoofable(String text) {
        return !Expressions.isAnchored(text) && !Expressions.matchesEverything(text);
    }

    private void warnIfUnreachable(Rule rule, Value self) {
        Rule earlier = conditions.putIfAbsent(rule.patterns(), rule);
        if (matchesEverything != null) {
            self.warn(
                    "this rule is never reached",
                    matchesEverything.key() + " in line " + matchesEverything.line() + " matches every cgroup",
                    "move it up");
        } else if (earlier != null) {
            self.warn(
                    "this rule is never reached",
                    earlier.key() + " in line " + earlier.line() + " has the same condition",
                    "remove one of them");
        }
        if (matchesEverything == null
                && rule.patterns().size() == 1
                && rule.patterns().getFirst().scope() == PathPattern.Scope.RELATIVE_OR_ABSOLUTE
                && Expressions.matchesEverything(rule.patterns().getFirst().text())) {
            matchesEverything = rule;
        }
    }

    private static String condition(Section section) {
        var condition = new StringJoiner(", ");
        for (String key : CONDITIONS) {
            Value value = section.get(key);
            if (value != null && value.node() instanceof YamlNode.Scalar scalar) {
                condition.add(key + ": " + scalar.text());
            }
        }
        return condition.toString();
    }

    /** What the conditions ask for; empty after a problem was noted. */
    private List<PathPattern> patterns(Section section) {
        if (CONDITIONS.stream().noneMatch(section::has)) {
            if (section.explainMissing(CONDITIONS)) {
                return List.of();
            }
            section.self()
                    .error(
                            "the rule says nothing about cgroups",
                            "one of " + String.join(", ", CONDITIONS) + " is expected",
                            "");
            return List.of();
        }
        List<@Nullable PathPattern> patterns = new ArrayList<>();
        String uid = null;
        Value user = section.get("user");
        if (user != null) {
            OptionalInt number = SettingsReader.uid(user, users);
            uid = number.isPresent() ? Integer.toUnsignedString(number.getAsInt()) : "none";
            patterns.add(number.isPresent() ? PathPattern.fromMount(Shorthands.user(uid)) : null);
        }
        String owner = uid;
        addPattern(section, "match", patterns, text -> PathPattern.search(Expressions.compile(text)));
        addPattern(section, "app", patterns, text -> PathPattern.fromMount(Shorthands.app(Shorthands.checkApp(text))));
        addPattern(section, "unit", patterns, text -> {
            String glob = SystemdNames.unit(text);
            return PathPattern.fromMount(owner == null ? Shorthands.unit(glob) : Shorthands.unitOf(owner, glob));
        });
        addPattern(section, "slice", patterns, text -> {
            String name = Shorthands.checkSlice(text);
            return PathPattern.fromMount(owner == null ? Shorthands.slice(name) : Shorthands.sliceOf(owner, name));
        });
        addPattern(section, "container", patterns, text -> {
            String id = Shorthands.checkContainer(text);
            return PathPattern.fromMount(owner == null ? Shorthands.container(id) : Shorthands.containerOf(owner, id));
        });
        List<PathPattern> valid = new ArrayList<>();
        for (PathPattern pattern : patterns) {
            if (pattern == null) {
                return List.of();
            }
            valid.add(pattern);
        }
        return valid;
    }

    private static void addPattern(
            Section section,
            String key,
            List<@Nullable PathPattern> patterns,
            java.util.function.Function<String, PathPattern> compile) {
        Value value = section.get(key);
        if (value != null && value.node() instanceof YamlNode.Sequence) {
            value.error("found a list", "one value is expected", "write a rule for each");
            patterns.add(null);
        } else if (value != null) {
            patterns.add(value.parsed(compile));
        }
    }

    private @Nullable Target target(Section section) {
        List<Value> given = TARGETS.stream()
                .filter(key -> !isFalse(section, key))
                .map(section::get)
                .filter(java.util.Objects::nonNull)
                .toList();
        if (given.isEmpty() && section.explainMissing(TARGETS)) {
            return null;
        }
        if (given.size() != 1) {
            Value no = given.isEmpty() ? no(section) : null;
            Value place = no == null ? section.self() : no;
            place.error(
                    no != null
                            ? "it says what the rule does not do"
                            : given.isEmpty() ? "the rule has no target" : "the rule has " + given.size() + " targets",
                    "exactly one of direct: true, drop: true|all|reject, tproxy: NAME, proxy: OUTBOUND is expected",
                    no == null ? "" : "write one of these in its place");
            return null;
        }
        Value value = given.getFirst();
        return switch (value.key().substring(value.key().lastIndexOf('.') + 1)) {
            case "direct" -> value.flag() == null ? null : new Target.Direct();
            case "drop" -> drop(value);
            case "tproxy" -> {
                String name = name(value, "tproxy", "tproxies", tproxies, outbounds, "proxy");
                yield name == null ? null : new Target.Tproxy(name);
            }
            default -> {
                String name = name(value, "outbound", "outbounds", outbounds, tproxies, "tproxy");
                yield name == null ? null : new Target.Proxy(name);
            }
        };
    }

    private static @Nullable Value no(Section section) {
        return TARGETS.stream()
                .filter(key -> isFalse(section, key))
                .map(section::get)
                .findFirst()
                .orElse(null);
    }

    /** {@code direct: false} and {@code drop: false} say nothing, as for cgtproxy. */
    private static boolean isFalse(Section section, String key) {
        Value value = section.get(key);
        return (key.equals("direct") || key.equals("drop"))
                && value != null
                && value.node() instanceof YamlNode.Scalar scalar
                && scalar.plain()
                && scalar.text().matches("(?i)false|no|off|n");
    }

    private static @Nullable Target drop(Value value) {
        if (value.node() instanceof YamlNode.Scalar scalar) {
            switch (scalar.text()) {
                case "all", "reject" -> {
                    value.problems().ownKey();
                    return new Target.Drop(
                            scalar.text().equals("all") ? Target.Drop.Kind.ALL : Target.Drop.Kind.REJECT);
                }
                default -> {
                    if (scalar.plain() && scalar.text().matches("(?i)true|yes|on|y")) {
                        return new Target.Drop(Target.Drop.Kind.TRUE);
                    }
                }
            }
        }
        boolean quoted = value.node() instanceof YamlNode.Scalar scalar && !scalar.plain();
        value.error(
                "found " + value.node().description(),
                "true, all or reject is expected",
                quoted ? "remove the quotes" : "");
        return null;
    }

    private static @Nullable String name(
            Value value, String kind, String kinds, Set<String> known, Set<String> others, String otherKey) {
        String name = value.text();
        if (name == null || known.contains(name)) {
            return name;
        }
        if (others.contains(name)) {
            value.error(
                    "unknown " + kind + " " + Words.quoted(name),
                    Words.known(kinds, known),
                    "write " + otherKey + ": " + name);
        } else {
            SettingsReader.unknown(value, kind, kinds, name, known);
        }
        return null;
    }
}
