// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Which keys of a configuration say something else than in an earlier one. Stateless; any thread. */
public final class ConfigurationChanges {
    /** Sections of a few keys, each of which is named by itself. */
    private static final Set<Class<?>> SECTIONS =
            Set.of(Marks.class, EngineSettings.class, DnsSettings.class, ApiSettings.class);

    /** What stands in the file as a key of the entries of another one. */
    private static final Map<String, String> PARTS = Map.of("otherProtocols", "outbounds");

    private ConfigurationChanges() {}

    /** What decides of a rule; its line does not. */
    private record Meaning(List<PathPattern> patterns, Target target) {}

    /**
     * The keys, as paths such as {@code dns.mode}, {@code outbounds.office} and {@code routes}, in the order of
     * {@link Configuration}. A file that a key names counts as a part of its value.
     */
    public static List<String> between(Configuration before, Configuration after) {
        Set<String> changes = new LinkedHashSet<>();
        for (RecordComponent component : Configuration.class.getRecordComponents()) {
            String name = component.getName();
            add(component, PARTS.getOrDefault(name, name), before, after, changes);
        }
        return List.copyOf(changes);
    }

    private static void add(RecordComponent component, String path, Object before, Object after, Set<String> changes) {
        Object then = value(component, before);
        Object now = value(component, after);
        if (SECTIONS.contains(component.getType())) {
            for (RecordComponent part : component.getType().getRecordComponents()) {
                add(part, path + "." + part.getName(), then, now, changes);
            }
        } else if (then instanceof Map<?, ?> former && now instanceof Map<?, ?> present) {
            Set<Object> names = new LinkedHashSet<>(present.keySet());
            names.addAll(former.keySet());
            names.stream()
                    .filter(name -> !Objects.equals(former.get(name), present.get(name)))
                    .forEach(name -> changes.add(key(path) + "." + Words.printable(String.valueOf(name))));
        } else if (!Objects.equals(meaning(then), meaning(now))) {
            changes.add(key(path));
        }
    }

    private static Object meaning(Object value) {
        return value instanceof List<?> list
                ? list.stream().map(ConfigurationChanges::meaningOfItem).toList()
                : value;
    }

    private static Object meaningOfItem(Object item) {
        return item instanceof Rule rule ? new Meaning(rule.patterns(), rule.target()) : item;
    }

    private static Object value(RecordComponent component, Object of) {
        try {
            return component.getAccessor().invoke(of);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("the accessor of " + component + " is public and throws nothing", e);
        }
    }

    /** {@code newCgroups} is {@code new-cgroups} in the file. */
    private static String key(String path) {
        return path.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
