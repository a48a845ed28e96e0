// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import sluice.engine.tcp.Tuning;
import sluice.linux.InetEndpoint;
import sluice.rules.EngineSettings;
import sluice.rules.Sniffing;

/** An engine in a process of its own, for what concerns a process as a whole. Prints its port, then answers one line to each line. */
final class LoneEngine {
    private final Engine engine;
    private final ArrayDeque<FileChannel> hoard = new ArrayDeque<>();

    private LoneEngine(int server) throws IOException {
        var doors = new Engine.Doors(false, _ -> new InetEndpoint(Rig.LOOPBACK, server), Tuning.DEFAULT);
        engine = Engine.start(
                Rig.configuration(EngineSettings.DEFAULT, 0, "direct"),
                Map.of(),
                new Engine.Surroundings(Attribution.NONE, FlowListener.NONE, Optional.empty(), _ -> {}),
                doors);
    }

    /** Serves until its input ends; the argument is the port of the server on loopback. */
    public static void main(String[] arguments) throws IOException {
        var lone = new LoneEngine(Integer.parseInt(arguments[0]));
        // Loads what answers need: without a descriptor nothing can be loaded.
        lone.answer("refused");
        System.out.println(lone.engine.ports().get("direct"));
        try (var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (var line = commands.readLine(); line != null; line = commands.readLine()) {
                System.out.println(lone.answer(line));
            }
        }
        lone.engine.close();
    }

    private String answer(String line) throws IOException {
        var words = line.split(" ");
        return switch (words[0]) {
            case "hoard" -> String.valueOf(hoard());
            case "release" -> release(words.length == 1 ? hoard.size() : Integer.parseInt(words[1]));
            case "apply" -> apply(Integer.parseInt(words[1]), words[2].split(","));
            case "refused" -> String.valueOf(engine.counters().overDescriptors());
            case "limit" -> String.valueOf(engine.counters().limit());
            case "active" -> String.valueOf(engine.counters().active());
            case "collect" -> collect();
            default -> throw new IllegalArgumentException(line);
        };
    }

    private static String collect() {
        System.gc();
        return "collected";
    }

    /** Reloads with other limits and targets; says which targets there are then. */
    private String apply(int flows, String... targets) {
        var settings = new EngineSettings(
                Duration.ofSeconds(10),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(60),
                flows,
                0,
                true,
                Sniffing.DEFAULT,
                false);
        try {
            engine.apply(Rig.configuration(settings, 0, targets));
            return "applied";
        } catch (IOException e) {
            return String.valueOf(engine.ports().keySet());
        }
    }

    /** Takes every descriptor that is left; says how many. */
    private int hoard() {
        int before = hoard.size();
        // The first failure loads classes, which takes and returns some.
        for (int failures = 0; failures < 3; ) {
            try {
                hoard.push(FileChannel.open(Path.of("/dev/null")));
            } catch (IOException _) {
                failures++;
            }
        }
        return hoard.size() - before;
    }

    private String release(int count) throws IOException {
        for (int left = count; left > 0; left--) {
            hoard.pop().close();
        }
        return "released";
    }
}
