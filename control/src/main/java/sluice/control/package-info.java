// SPDX-License-Identifier: Apache-2.0
/**
 * The control socket. {@link sluice.control.ControlServer} serves a {@link sluice.control.Controlled} daemon,
 * {@link sluice.control.ControlClient} asks it, records named {@code …View} are what both speak of.
 *
 * <table>
 * <caption>Paths</caption>
 * <tr><td>GET /v1/status</td><td>{@link sluice.control.StatusView}</td></tr>
 * <tr><td>GET /v1/tree</td><td>{@link sluice.control.TreeView}</td></tr>
 * <tr><td>GET /v1/explain?path=…</td><td>{@link sluice.control.ExplainView}</td></tr>
 * <tr><td>GET /v1/flows?position=…</td><td>{@link sluice.control.FlowsView}</td></tr>
 * <tr><td>GET /v1/dns?name=…&amp;type=…&amp;path=…</td><td>{@link sluice.control.DnsView}</td></tr>
 * <tr><td>GET /v1/dns/cache</td><td>{@link sluice.control.DnsCacheView}</td></tr>
 * <tr><td>POST /v1/dns/flush</td><td>{@link sluice.control.FlushRequest} to {@link sluice.control.FlushView}</td></tr>
 * <tr><td>POST /v1/reload</td><td>{@link sluice.control.ReloadView}</td></tr>
 * <tr><td>POST /v1/select</td><td>{@link sluice.control.SelectRequest} to the same</td></tr>
 * <tr><td>POST /v1/run</td><td>{@link sluice.control.RunRequest} to {@link sluice.control.RunView}</td></tr>
 * </table>
 *
 * Errors are {@code {"error":{"code","message","hint"}}}, see {@link sluice.control.Refusal}.
 */
@NullMarked
package sluice.control;

import org.jspecify.annotations.NullMarked;
