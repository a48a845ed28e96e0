// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import sluice.linux.KernelString;

/** What somebody who asks about a cgroup calls it. */
public final class AskedCgroup {
    private static final Pattern SLASHES = Pattern.compile("/+");

    /** PATH_MAX of linux/limits.h. */
    private static final int BYTES_AT_MOST = 4096;

    /** What explains a cgroup has a line for each one above it; no rule reaches further down (nft_socket_init() in net/netfilter/nft_socket.c). */
    private static final int DEPTH_AT_MOST = 255;

    private AskedCgroup() {}

    /**
     * Its path from the managed root.
     *
     * @param root directory of the managed root
     * @param asked absolute, or from the managed root; with any number of slashes, and of {@code .} between them
     * @throws IOException when it is the managed root, lies elsewhere, has a {@code ..}, or is longer or deeper than a cgroup with a rule can be
     */
    public static String path(String root, String asked) throws IOException {
        if (KernelString.encode(asked).length > BYTES_AT_MOST) {
            throw new IOException(
                    "find a cgroup: its path has more than " + BYTES_AT_MOST + " bytes, which no path has");
        }
        var absolute = SLASHES.splitAsStream(asked)
                .filter(name -> !name.isEmpty() && !name.equals("."))
                .map(name -> name + "/")
                .collect(Collectors.joining("", "/", ""));
        if (absolute.contains("/../")) {
            throw new IOException("find the cgroup " + KernelString.printable(asked)
                    + ": its path has a '..'; give the path without it");
        }
        if (absolute.startsWith(root + "/")) {
            absolute = absolute.substring(root.length());
        } else if (absolute.startsWith("/sys/fs/cgroup/")) {
            throw new IOException("find the cgroup " + KernelString.printable(asked)
                    + ": it is not below the managed root " + root + ", so it is untouched");
        }
        if (absolute.equals("/")) {
            throw new IOException("find the cgroup " + KernelString.printable(asked)
                    + ": it is the managed root itself, which no rule can match, so it is untouched");
        }
        var path = absolute.substring(0, absolute.length() - 1);
        if (path.chars().filter(character -> character == '/').count() > DEPTH_AT_MOST) {
            throw new IOException("find a cgroup: it is more than " + DEPTH_AT_MOST + " levels below the managed root "
                    + root + ", where no rule reaches");
        }
        return path;
    }
}
