// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@link Conditions}.
 *
 * @param domainFiles those of {@code domain-file}
 * @param prefixFiles those of {@code cidr-file}
 */
record ConditionsReader(ListFiles<DomainList> domainFiles, ListFiles<PrefixList> prefixFiles) {
    /** The keys that {@link #read} knows. */
    static final List<String> KEYS = List.of("domain", "domain-file", "app", "unit");

    /** For one configuration, whose relative paths start at a directory. */
    static ConditionsReader of(Path directory, FileSource files) {
        return new ConditionsReader(
                new ListFiles<>(directory, files, ListEntries.Domains::new),
                new ListFiles<>(directory, files, ListEntries.Prefixes::new));
    }

    Conditions read(Section section) {
        var domains = new DomainList.Builder();
        parsed(section, "domain", DomainReader::parse).forEach(domains::add);
        files(section, "domain-file", domainFiles).forEach(domains::add);
        return new Conditions(
                has(section, "domain") ? domains.build() : null,
                parsed(section, "app", OwnerPattern::app),
                parsed(section, "unit", OwnerPattern::unit));
    }

    /** {@code cidr} and {@code cidr-file}; null: absent. */
    @Nullable
    PrefixList cidrs(Section section) {
        var cidrs = new PrefixList.Builder();
        var files = files(section, "cidr-file", prefixFiles);
        if (!section.has("cidr") && files.size() == 1) {
            // Long ones are in memory once, however many name them.
            return files.getFirst();
        }
        parsed(section, "cidr", Prefix::parse).forEach(cidrs::add);
        files.forEach(cidrs::add);
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

    private static <T> List<T> files(Section section, String key, ListFiles<T> files) {
        List<T> lists = new ArrayList<>();
        for (Value item : values(section, key)) {
            T list = files.read(item);
            if (list != null) {
                lists.add(list);
            }
        }
        return lists;
    }
}
