// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.util.regex.Pattern;
import sluice.linux.KernelString;

/** What somebody who asks about a cgroup calls it. */
public final class AskedCgroup {
    private static final Pattern SLASHES = Pattern.compile("/+");

    private AskedCgroup() {}

    /**
     * Its path from the managed root.
     *
     * @param root directory of the managed root
     * @param asked absolute, or from the managed root
     * @throws IOException when it is the managed root, or lies elsewhere
     */
    public static String path(String root, String asked) throws IOException {
        var absolute = SLASHES.matcher("/" + asked + "/").replaceAll("/");
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
        return absolute.substring(0, absolute.length() - 1);
    }
}
