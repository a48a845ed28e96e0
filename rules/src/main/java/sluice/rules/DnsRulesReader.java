// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sluice.rules.DnsRule.Answer;
import sluice.rules.DnsSettings.Mode;

/** Reads {@code dns.rules}. For one file. */
final class DnsRulesReader {
    private static final String RULES = "rules";
    private static final Section.Keys KEYS =
            Section.Keys.ofOwn("domain", "domain-file", "app", "unit", "answer", "servers");

    private final Mode mode;
    private final ConditionsReader conditions;
    private final DnsServersReader servers;
    /** The first rule with these conditions. */
    private final Map<Conditions, Value> seen = new HashMap<>();

    private @Nullable Value fitsEverything;

    DnsRulesReader(Mode mode, ConditionsReader conditions, DnsServersReader servers) {
        this.mode = mode;
        this.conditions = conditions;
        this.servers = servers;
    }

    List<DnsRule> read(Section dns) {
        List<DnsRule> rules = new ArrayList<>();
        for (Value item : dns.items(RULES)) {
            Section section = item.section(KEYS);
            if (section != null) {
                rules.add(rule(section, rules.size()));
            }
        }
        return rules;
    }

    private DnsRule rule(Section section, int index) {
        Conditions asked = conditions.read(section);
        if (ConditionsReader.KEYS.stream().noneMatch(section::has)) {
            section.self()
                    .error(
                            "the rule says nothing about queries",
                            "one of " + String.join(", ", ConditionsReader.KEYS) + " is expected",
                            "for all queries use dns.mode and dns.servers");
        } else {
            warnIfUnreachable(asked, section.self());
        }
        if (!section.has("answer") && !section.has("servers")) {
            section.self().error("the rule changes nothing", "answer or servers is expected", "");
        }
        Optional<Answer> answer = answer(section);
        Value list = section.get("servers");
        if (list != null && answer.equals(Optional.of(Answer.REFUSE))) {
            list.error("they have no effect beside answer: refuse", "nobody is asked", "remove one of them");
        }
        return new DnsRule(
                index,
                asked.domains(),
                asked.apps(),
                asked.units(),
                answer,
                servers.read(ConditionsReader.values(section, "servers")));
    }

    private Optional<Answer> answer(Section section) {
        Value value = section.get("answer");
        Answer answer = value == null ? null : value.choice(Answer.class);
        if (value != null && answer == Answer.FAKE_IP && mode == Mode.REAL) {
            value.error(
                    "dns.mode is real",
                    "fake IPs need fake-ip",
                    "write mode: fake-ip, and answer: real where that is wanted");
        }
        return Optional.ofNullable(answer);
    }

    private void warnIfUnreachable(Conditions asked, Value self) {
        if (asked.isEmpty() || asked.fitNothing()) {
            return;
        }
        Value earlier = seen.putIfAbsent(asked, self);
        if (fitsEverything != null) {
            warnUnreachable(self, fitsEverything, "fits every query", "move it up");
        } else if (earlier != null) {
            warnUnreachable(self, earlier, "has the same conditions", "remove one of them");
        } else if (asked.fitEverything()) {
            fitsEverything = self;
        }
    }

    private static void warnUnreachable(Value self, Value earlier, String why, String remedy) {
        String place = earlier.key() + " in line " + earlier.node().at().line();
        self.warn("this rule is never reached", place + " " + why, remedy);
    }
}
