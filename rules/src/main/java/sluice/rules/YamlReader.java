// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.events.StreamStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Builds a document's nodes from the parser's events, so that every node keeps its place, and bounds what a hostile file
 * can cost. Merge keys ({@code <<}) are carried out.
 */
final class YamlReader {
    private static final int DEEPEST = 24;

    /** Most nodes, where those behind an alias count each time the alias is used. */
    private static final int MOST_NODES = 200_000;

    private static final String CORE_TAGS = "tag:yaml.org,2002:";

    /** Ends the reading: what follows cannot be understood. */
    private static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient SyntaxError error;

        Unreadable(SyntaxError error) {
            super(error.found());
            this.error = error;
        }

        Unreadable(Position at, String found, String remedy) {
            this(new SyntaxError(at, found, "", remedy));
        }
    }

    private record Built(YamlNode node, int nodes) {}

    private final Problems problems;
    private final Iterator<Event> events;
    private final Map<String, Built> anchors = new HashMap<>();

    private YamlReader(String text, Problems problems) {
        this.problems = problems;
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(SourceText.LONGEST)
                .setUseMarks(true)
                .build();
        this.events = new ParserImpl(settings, new StreamReader(settings, text));
    }

    /** The file's only document; null if there is none, or after a problem was noted. */
    static @Nullable YamlNode read(String text, Problems problems) {
        try {
            return new YamlReader(text, problems).document();
        } catch (Unreadable e) {
            note(problems, e.error);
        } catch (MarkedYamlEngineException e) {
            note(problems, SyntaxErrors.explain(e, new SourceLines(text)));
        } catch (YamlEngineException e) {
            problems.error(Position.START, "", "not YAML", "", "");
        }
        return null;
    }

    private static void note(Problems problems, SyntaxError error) {
        problems.error(error.at(), "", error.found(), error.allowed(), error.remedy());
    }

    private @Nullable YamlNode document() {
        YamlNode root = null;
        while (events.hasNext()) {
            Event event = events.next();
            switch (event) {
                case DocumentStartEvent start -> {
                    if (root != null) {
                        throw new Unreadable(
                                Position.of(start.getStartMark()), "a second document starts", "keep one per file");
                    }
                    root = node(events.next(), 0).node();
                }
                case StreamStartEvent start -> {}
                case DocumentEndEvent end -> {}
                case StreamEndEvent end -> {}
                default -> throw new Unreadable(Position.of(event.getStartMark()), "not YAML", "");
            }
        }
        return root;
    }

    private Built node(Event event, int depth) {
        Position at = Position.of(event.getStartMark());
        if (depth > DEEPEST) {
            throw new Unreadable(at, "more than " + DEEPEST + " levels of nesting", "");
        }
        if (event instanceof AliasEvent alias) {
            Built built = anchors.get(alias.getAlias().getValue());
            if (built == null) {
                throw new Unreadable(SyntaxErrors.special(at, '*'));
            }
            return built;
        }
        checkTag(event, at);
        Built built = switch (event) {
            case ScalarEvent scalar -> new Built(scalar(at, scalar), 1);
            case SequenceStartEvent start -> sequence(at, depth);
            case MappingStartEvent start -> mapping(at, depth);
            default -> throw new Unreadable(at, "not YAML", "");
        };
        if (built.nodes() > MOST_NODES) {
            throw new Unreadable(at, "more than " + MOST_NODES + " values, aliases included", "");
        }
        if (event instanceof ScalarEvent scalar
                && scalar.getAnchor().isPresent()
                && scalar.getValue().isEmpty()) {
            throw new Unreadable(SyntaxErrors.special(at, '&'));
        }
        if (event instanceof NodeEvent anchored) {
            anchored.getAnchor().ifPresent(anchor -> anchors.put(anchor.getValue(), built));
        }
        return built;
    }

    private YamlNode.Scalar scalar(Position at, ScalarEvent event) {
        if (event.isPlain()) {
            Optional<SyntaxError> curly = SyntaxErrors.curlyQuote(at, event.getValue());
            if (curly.isPresent()) {
                // What is between them is checked as if it stood between straight ones.
                note(problems, curly.get());
                return new YamlNode.Scalar(at, SyntaxErrors.withoutCurlyQuotes(event.getValue()), false);
            }
        }
        return new YamlNode.Scalar(at, event.getValue(), isPlain(event));
    }

    private static boolean isPlain(ScalarEvent scalar) {
        boolean text = scalar.getTag().map(tag -> tag.equals(CORE_TAGS + "str")).orElse(false);
        return scalar.isPlain() && !text;
    }

    private static void checkTag(Event event, Position at) {
        Optional<String> tag = switch (event) {
            case ScalarEvent scalar -> scalar.getTag();
            case SequenceStartEvent sequence -> sequence.getTag();
            case MappingStartEvent mapping -> mapping.getTag();
            default -> Optional.empty();
        };
        if (tag.isPresent() && !tag.get().startsWith(CORE_TAGS) && !tag.get().equals("!")) {
            throw new Unreadable(SyntaxErrors.special(at, '!'));
        }
    }

    private Built sequence(Position at, int depth) {
        List<YamlNode> items = new ArrayList<>();
        int nodes = 1;
        for (Event event = events.next(); !(event instanceof SequenceEndEvent); event = events.next()) {
            Built item = node(event, depth + 1);
            items.add(item.node());
            nodes = count(at, nodes, item);
        }
        return new Built(new YamlNode.Sequence(at, items), nodes);
    }

    private Built mapping(Position at, int depth) {
        Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
        List<YamlNode> merged = new ArrayList<>();
        int nodes = 1;
        for (Event event = events.next(); !(event instanceof MappingEndEvent); event = events.next()) {
            Built key = node(event, depth + 1);
            Built value = node(events.next(), depth + 1);
            nodes = count(at, count(at, nodes, key), value);
            Position keyAt = Position.of(event.getStartMark());
            if (!(key.node() instanceof YamlNode.Scalar scalar)) {
                throw new Unreadable(new SyntaxError(
                        keyAt,
                        "a key that is " + key.node().description(),
                        "keys are text",
                        "put quotes around text that begins with { or ["));
            }
            if (scalar.plain() && scalar.text().equals("<<")) {
                merged.add(value.node());
            } else {
                add(entries, new YamlNode.Entry(keyAt, scalar.text(), value.node()));
            }
        }
        merged.forEach(node -> merge(entries, node));
        return new Built(new YamlNode.Mapping(at, List.copyOf(entries.values())), nodes);
    }

    private void add(Map<String, YamlNode.Entry> entries, YamlNode.Entry entry) {
        YamlNode.Entry earlier = entries.putIfAbsent(entry.key(), entry);
        if (earlier != null) {
            problems.error(
                    entry.at(),
                    "",
                    "key " + Words.quoted(entry.key()) + " for the second time",
                    "first in line " + earlier.at().line(),
                    "keep one of them");
        }
    }

    private void merge(Map<String, YamlNode.Entry> entries, YamlNode source) {
        switch (source) {
            case YamlNode.Mapping mapping -> mapping.entries().forEach(e -> entries.putIfAbsent(e.key(), e));
            case YamlNode.Sequence sequence -> {
                for (YamlNode item : sequence.items()) {
                    if (item instanceof YamlNode.Mapping mapping) {
                        mapping.entries().forEach(e -> entries.putIfAbsent(e.key(), e));
                    } else {
                        cannotMerge(item);
                    }
                }
            }
            case YamlNode.Scalar scalar -> cannotMerge(scalar);
        }
    }

    private void cannotMerge(YamlNode node) {
        problems.error(node.at(), "<<", "found " + node.description(), "a mapping to merge is expected", "");
    }

    private static int count(Position at, int nodes, Built more) {
        int sum = nodes + more.nodes();
        if (sum > MOST_NODES) {
            throw new Unreadable(at, "more than " + MOST_NODES + " values, aliases included", "");
        }
        return sum;
    }
}
