// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@link Conditions}.
 *
 * @param files those of {@code domain-file} and {@code cidr-file}
 */
record ConditionsReader(ListFiles files) {
    /** The keys that {@link #read} knows. */
    static final List<String> KEYS = List.of("domain", "domain-file", "app", "unit");

    Conditions read(Section section) {
        var domains = new DomainList.Builder();
        each(section, "domain", text -> domains.add(DomainReader.parse(text)));
        file(section, "domain-file", text -> domains.add(DomainReader.parse(text)));
        return new Conditions(
                has(section, "domain") ? domains.build() : null,
                parsed(section, "app", OwnerPattern::app),
                parsed(section, "unit", OwnerPattern::unit));
    }

    /** {@code cidr} and {@code cidr-file}; null: absent. */
    @Nullable
    PrefixList cidrs(Section section) {
        var cidrs = new PrefixList.Builder();
        each(section, "cidr", text -> cidrs.add(Prefix.parse(text)));
        file(section, "cidr-file", text -> cidrs.add(Prefix.parse(text)));
        return has(section, "cidr") ? cidrs.build() : null;
    }

    /** One value or a list that is not empty; none if the key is absent. */
    static List<Value> values(Section section, String key) {
        Value list = section.get(key);
        if (list != null
                && list.node() instanceof YamlNode.Sequence sequence
                && sequence.items().isEmpty()) {
            list.error("the list is empty", "that would say nothing", "remove the key");
        }
        return section.oneOrMore(key);
    }

    /** As {@link #values}, each turned into something; without those that had a problem. */
    static <T> List<T> parsed(Section section, String key, Function<String, T> parser) {
        List<T> results = new ArrayList<>();
        for (Value item : values(section, key)) {
            T result = item.parsed(parser);
            if (result != null) {
                results.add(result);
            }
        }
        return results;
    }

    private static boolean has(Section section, String key) {
        return section.has(key) || section.has(key + "-file");
    }

    private static void each(Section section, String key, Consumer<String> entry) {
        parsed(section, key, text -> {
            entry.accept(text);
            return text;
        });
    }

    private void file(Section section, String key, Consumer<String> entry) {
        for (Value item : values(section, key)) {
            if (files.read(item, entry) == ListFiles.Outcome.EMPTY) {
                item.warn("the file has no entry", "nothing fits it", "");
            }
        }
    }
}
