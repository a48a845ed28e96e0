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

        private final transient Position at;
        private final String found;
        private final String remedy;

        Unreadable(Position at, String found, String remedy) {
            super(found);
            this.at = at;
            this.found = found;
            this.remedy = remedy;
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
            problems.error(e.at, "", e.found, "", e.remedy);
        } catch (MarkedYamlEngineException e) {
            Optional<org.snakeyaml.engine.v2.exceptions.Mark> mark = e.getProblemMark();
            problems.error(
                    Position.of(mark.isPresent() ? mark : e.getContextMark()),
                    "",
                    "not YAML: " + problem(e),
                    "",
                    remedy(e));
        } catch (YamlEngineException e) {
            problems.error(Position.START, "", "not YAML", "", "");
        }
        return null;
    }

    /** The parser's words without what it quotes from the file, which may be a password. */
    private static String problem(MarkedYamlEngineException e) {
        String problem = e.getProblem() == null ? "unreadable" : e.getProblem();
        int quoted = problem.indexOf("tag handle");
        String cut = quoted < 0 ? problem : problem.substring(0, quoted + "tag handle".length());
        return Words.printable(cut.lines().findFirst().orElse("unreadable"));
    }

    private static String remedy(MarkedYamlEngineException e) {
        String problem = String.valueOf(e.getProblem());
        if (problem.contains("TAB")) {
            return "indent with spaces";
        }
        return problem.contains("cannot start any token")
                        || problem.contains("tag handle")
                        || problem.contains("found ':'")
                ? "put quotes around text that starts with a special character"
                : "";
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
                throw new Unreadable(
                        at,
                        "an alias (*) without an anchor (&) before it",
                        "put quotes around text that starts with *");
            }
            return built;
        }
        checkTag(event, at);
        Built built = switch (event) {
            case ScalarEvent scalar -> new Built(new YamlNode.Scalar(at, scalar.getValue(), isPlain(scalar)), 1);
            case SequenceStartEvent start -> sequence(at, depth);
            case MappingStartEvent start -> mapping(at, depth);
            default -> throw new Unreadable(at, "not YAML", "");
        };
        if (built.nodes() > MOST_NODES) {
            throw new Unreadable(at, "more than " + MOST_NODES + " values, aliases included", "");
        }
        if (event instanceof NodeEvent anchored) {
            anchored.getAnchor().ifPresent(anchor -> anchors.put(anchor.getValue(), built));
        }
        return built;
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
            throw new Unreadable(at, "a tag (!) that means nothing here", "put quotes around text that starts with !");
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
                problems.error(keyAt, "", "a key that is " + key.node().description(), "keys are text", "");
            } else if (scalar.plain() && scalar.text().equals("<<")) {
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
