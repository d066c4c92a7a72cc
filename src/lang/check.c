/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clauses to probes, and probes to typed trees: fold, resolve names, then check all
 * bodies in passes until what is known of maps and variables no longer changes.  Read
 * this first of the checker.
 */
#include "lang/check.h"

enum { MAX_PASSES = 64 };

/* ---- probes ------------------------------------------------------------- */

/* Whether each point of a clause needs a body of its own. */
static bool depends_on_point(const struct node *node)
{
	if (!node)
		return false;
	if (node->kind == NODE_identifier || node->kind == NODE_call) {
		const struct builtin *row = builtin_find(node->name);

		if (row && (row->id == BUILTIN_args || row->id == BUILTIN_probe))
			return true;
	}
	if (depends_on_point(node->left) || depends_on_point(node->right) ||
	    depends_on_point(node->third))
		return true;
	for (const struct node *child = node->list; child; child = child->next)
		if (depends_on_point(child))
			return true;
	return false;
}

/* A clause on its way to probes. */
struct expansion {
	const struct node *predicate, *body;
	bool apart; /* a probe for each point */
	struct checked_probe *probes[PROBE_COUNT]; /* of this clause, when together */
};

static struct checked_probe *add_probe(struct checker *k, struct expansion *e, enum probe_id type)
{
	struct checked_probe *probe = arena_new_of(k->c->arena, struct checked_probe);

	*k->last_probe = &probe->probe;
	k->last_probe = &probe->probe.next;
	probe->probe.type = type;
	probe->probe.index = k->script->probe_count++;
	probe->predicate = e->predicate;
	probe->body = e->body;
	e->probes[type] = probe;
	return probe;
}

static void add_points(struct checker *k, struct probe *probe, const struct points *points,
		       uint32_t first, uint32_t count)
{
	uint32_t old = probe->point_count, all = old + count;
	struct attach_point *list = arena_array(k->c->arena, struct attach_point, all);
	const char **names = arena_array(k->c->arena, const char *, all);

	if (old) {
		memcpy(list, probe->points, old * sizeof(*list));
		memcpy(names, probe->point_names, old * sizeof(*names));
	}
	memcpy(list + old, points->list + first, count * sizeof(*list));
	memcpy(names + old, points->names + first, count * sizeof(*names));
	probe->points = list;
	probe->point_names = names;
	probe->point_count = all;
	probe->name = names[0];
}

/* So that a body is checked even where its probe's name is in error. */
static void add_unresolved(struct checker *k, struct expansion *e, const struct token *token,
			   enum probe_id type)
{
	struct checked_probe *probe;

	if (type == PROBE_COUNT || e->probes[type])
		return;
	probe = add_probe(k, e, type);
	probe->unresolved = true;
	probe->probe.name = token->name;
}

static void expand_token(struct checker *k, struct expansion *e, const struct token *token)
{
	struct checked_probe *probe;
	struct points points;

	if (!points_resolve(k->c, token, &points)) {
		add_unresolved(k, e, token, points.type);
		return;
	}
	probe = e->probes[points.type];
	if (!e->apart) {
		if (!probe)
			probe = add_probe(k, e, points.type);
		add_points(k, &probe->probe, &points, 0, points.count);
		return;
	}
	for (uint32_t i = 0; i < points.count; i++)
		add_points(k, &add_probe(k, e, points.type)->probe, &points, i, 1);
}

static void expand_clause(struct checker *k, const struct clause *clause)
{
	struct node *body = node_copy(k->c->arena, clause->body);
	struct node *predicate = node_copy(k->c->arena, clause->predicate);
	struct expansion e = {.body = body};

	fold_expression(k, &predicate);
	if (predicate && node_is_literal(predicate)) {
		if (!literal_truth(predicate))
			return;
		predicate = NULL;
	}
	fold_block(k, body);
	e.predicate = predicate;
	e.apart = depends_on_point(predicate) || depends_on_point(body);
	for (uint32_t i = 0; i < clause->point_count; i++)
		expand_token(k, &e, &clause->points[i]);
}

/* ---- passes ------------------------------------------------------------- */

static void check_predicate(struct checker *k, struct probe *probe)
{
	if (!probe->predicate)
		return;
	check_expression(k, &probe->predicate);
	if (convert_truth(k, &probe->predicate) && probe->predicate->kind == NODE_boolean &&
	    probe->predicate->number)
		probe->predicate = NULL;
}

static void check_probe(struct checker *k, struct checked_probe *probe)
{
	struct scope scope = {NULL};

	k->probe = probe;
	k->scope = &scope;
	for (struct variable *variable = probe->probe.variables; variable;
	     variable = variable->next)
		((struct checked_variable *)variable)->scope = NULL;
	probe->probe.predicate = node_copy(k->c->arena, probe->predicate);
	probe->probe.body = node_copy(k->c->arena, probe->body);
	check_predicate(k, &probe->probe);
	check_block(k, probe->probe.body);
	begin_from_zero(k, probe->probe.body);
}

static void check_pass(struct checker *k)
{
	k->changed = false;
	for (struct probe *probe = k->script->probes; probe; probe = probe->next)
		check_probe(k, (struct checked_probe *)probe);
}

/* What a pass says counts only if it is the last. */
static void check_passes(struct checker *k)
{
	const struct report before = *k->c->report;

	check_pass(k);
	for (unsigned i = 1; k->changed && i < MAX_PASSES; i++) {
		*k->c->report = before;
		*before.last = NULL;
		check_pass(k);
	}
}

/* Maps that only feed each other hold nothing. */
static void check_maps(struct checker *k)
{
	for (const struct map *map = k->script->maps; map && !k->c->report->errors; map = map->next)
		if (!kind_is_known(map->value))
			error_at(k->c, map->range, DIAG_unknown_map, map->name);
}

/* ---- the whole ---------------------------------------------------------- */

static void name_probes(struct checker *k)
{
	struct script *script = k->script;

	script->probe_name_count = script->probe_count;
	script->probe_names = arena_array(k->c->arena, const char *, script->probe_count + 1);
	for (const struct probe *probe = script->probes; probe; probe = probe->next)
		script->probe_names[probe->index] = probe->name;
}

bool check_script(struct compilation *c, struct script *script)
{
	struct checker k = {.c = c, .script = script, .last_probe = &script->probes};

	for (const struct clause *clause = script->clauses; clause; clause = clause->next)
		expand_clause(&k, clause);
	if (!script->probes && !c->report->errors)
		error_at(c, script->clauses->range, DIAG_no_probes);
	check_passes(&k);
	check_maps(&k);
	name_probes(&k);
	return !c->report->errors;
}
