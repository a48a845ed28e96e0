// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

/**
 * The directory below which cgroups are managed.
 *
 * @param directory absolute, without a trailing slash
 * @param level the directory's own depth below the root of the cgroup namespace, which is 0
 */
public record CgroupRoot(String directory, int level) {
    /** The absolute path of a cgroup's directory. */
    public String absolute(String path) {
        return directory + path;
    }
}
