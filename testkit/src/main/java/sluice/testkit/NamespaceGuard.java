// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Keeps kernel tests, demo and benchmarks out of the network namespace of the machine they run on: a rule or a route
 * there could cut it off for good.
 *
 * <p>Whatever starts them enters a private namespace first ({@code unshare --net}) and exports the identity of the one it
 * left as {@value #PARENT}. Stateless; any thread.
 */
public final class NamespaceGuard {
    /** Environment variable with the parent's {@code readlink /proc/self/ns/net}, such as {@code net:[4026531840]}. */
    public static final String PARENT = "SLUICE_PARENT_NETNS";

    private NamespaceGuard() {}

    /**
     * Returns normally only inside a private network namespace.
     *
     * @throws IllegalStateException if the namespace is the one this run was started from, or that is not known
     */
    public static void requirePrivate() {
        var refusal = refusal(System.getenv(PARENT), current());
        if (refusal != null) {
            throw new IllegalStateException(refusal);
        }
    }

    static @Nullable String refusal(@Nullable String parent, String current) {
        if (parent == null || parent.isBlank()) {
            return "refusing to touch " + current + ": " + PARENT
                    + " is not set, so it may be the machine's own network"
                    + " namespace; start through build/private-net/bin/java";
        }
        if (parent.equals(current)) {
            return "refusing to touch " + current + ": it is the network namespace this run was started from; start"
                    + " through build/private-net/bin/java";
        }
        return null;
    }

    private static String current() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
        } catch (IOException e) {
            throw new UncheckedIOException("read the link /proc/thread-self/ns/net", e);
        }
    }
}
