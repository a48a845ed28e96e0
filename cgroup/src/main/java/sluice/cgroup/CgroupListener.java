// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import java.io.IOException;
import java.util.List;
import sluice.linux.SystemCallException;

/** Is told what becomes of the tree, on the thread of the poller. What it throws leaves {@code Poller.await}. */
public interface CgroupListener {
    /**
     * The difference since the last call: what one read of the event queue or one scan brought. A cgroup that came and went in between
     * is not mentioned.
     *
     * @param changes not empty; parents are created before their children and removed after them
     */
    void changed(List<CgroupChange> changes) throws IOException;

    /**
     * From now on changes may go unnoticed until {@link CgroupTree#resync()}, which the listener's owner should call now and then.
     *
     * @param reason why, and the sysctl to raise
     */
    void degraded(SystemCallException reason) throws IOException;

    /** Everything is watched again. */
    void recovered() throws IOException;
}
