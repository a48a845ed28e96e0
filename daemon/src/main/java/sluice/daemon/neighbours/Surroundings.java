// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.neighbours;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What stands beside Sluice in the kernel of a network namespace. Immutable, as things were when they were read.
 *
 * @param neighbours other software that was recognised, and what it means, one line each
 * @param obstacles what keeps something of Sluice from working, one line each, with a remedy
 */
public record Surroundings(List<String> neighbours, List<String> obstacles) {
    public Surroundings {
        neighbours = List.copyOf(neighbours);
        obstacles = List.copyOf(obstacles);
    }

    /**
     * Looks around in the network namespace of the calling thread; needs CAP_NET_ADMIN.
     *
     * @param marks packet marks of redirections, by name
     */
    public static Surroundings read(Map<String, Integer> marks) throws IOException {
        return of(KernelNames.read(), new KernelSettings(Path.of("/proc")), marks);
    }

    static Surroundings of(KernelNames names, KernelSettings settings, Map<String, Integer> marks) throws IOException {
        var present = Arrays.stream(Neighbour.values())
                .filter(neighbour -> neighbour.isIn(names))
                .toList();
        var obstacles = new ArrayList<>(settings.obstacles());
        present.forEach(neighbour -> obstacles.addAll(neighbour.conflicts(marks)));
        return new Surroundings(present.stream().map(Neighbour::meaning).toList(), obstacles);
    }
}
