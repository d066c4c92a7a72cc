/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree as text, a node a line with what it holds below it, and copies of it.  Depth is
 * bounded by the parser, so recursion is safe here.
 */
#include "lang/lang.h"

/* ---- dump --------------------------------------------------------------- */

struct dump {
	struct text *out;
	bool types;
};

static void begin_line(struct dump *d, unsigned depth, const char *word)
{
	text_fill(d->out, ' ', 2 * (size_t)depth);
	text_string(d->out, word);
}

static void dump_string(struct text *out, struct span bytes)
{
	const unsigned char *byte = bytes.data;

	text_char(out, '"');
	for (size_t i = 0; i < bytes.size; i++) {
		if (byte[i] == '"' || byte[i] == '\\')
			text_printf(out, "\\%c", byte[i]);
		else if (byte[i] == '\n')
			text_string(out, "\\n");
		else if (byte[i] < ' ' || byte[i] == 0x7f)
			text_printf(out, "\\x%02x", byte[i]);
		else
			text_char(out, (char)byte[i]);
	}
	text_char(out, '"');
}

/* The type says more than the literal, once there is one. */
static void dump_number(const struct node *node, struct text *out)
{
	bool is_unsigned = node->type ? !node->type->is_signed : node->is_unsigned;

	if (node->kind == NODE_integer && is_unsigned)
		text_unsigned(out, (uint64_t)node->number);
	else
		text_signed(out, node->number);
}

/* "struct task_struct *" */
static void dump_type_name(const struct node *node, struct text *out)
{
	text_string(out, node->name);
	if (node->number)
		text_char(out, ' ');
	text_fill(out, '*', (size_t)node->number);
}

static void dump_field(const struct node *node, struct text *out)
{
	text_string(out, token_rows[node->op].spelling);
	if (node->name)
		text_string(out, node->name);
	else
		text_signed(out, node->number);
}

static void dump_member(const struct node *node, struct text *out)
{
	if (node->field.name)
		text_printf(out, "%s ", node->field.name);
	text_printf(out, "at %u", node->field.offset);
	if (node->field.bit_size)
		text_printf(out, " bits %u:%u", node->field.bit_offset, node->field.bit_size);
}

/* What the node holds besides other nodes. */
static void dump_content(const struct node *node, struct text *out)
{
	switch (node->kind) {
	case NODE_integer:
	case NODE_boolean:
	case NODE_positional:
	case NODE_context:
	case NODE_data_loc:
		dump_number(node, out);
		break;
	case NODE_string:
		dump_string(out, node->text);
		break;
	case NODE_field:
		dump_field(node, out);
		break;
	case NODE_load:
	case NODE_address:
		dump_member(node, out);
		break;
	case NODE_cast:
	case NODE_sizeof:
		if (node->name)
			dump_type_name(node, out);
		break;
	case NODE_step:
		text_string(out, token_rows[node->op].spelling);
		text_string(out, node->number ? " after" : " before");
		break;
	default:
		text_string(out, node->op     ? token_rows[node->op].spelling
				 : node->name ? node->name
					      : "");
	}
}

static void dump_node(struct dump *d, const struct node *node, unsigned depth)
{
	struct text content = {0};

	if (!node)
		return;
	begin_line(d, depth, node_names[node->kind]);
	dump_content(node, &content);
	if (content.size)
		text_printf(d->out, " %s", content.data);
	text_free(&content);
	if (d->types && node->type) {
		text_string(d->out, " : ");
		type_text(node->type, d->out);
	}
	text_char(d->out, '\n');
	dump_node(d, node->left, depth + 1);
	dump_node(d, node->right, depth + 1);
	dump_node(d, node->third, depth + 1);
	for (const struct node *child = node->list; child; child = child->next)
		dump_node(d, child, depth + 1);
}

static void dump_predicate(struct dump *d, const struct node *predicate)
{
	if (!predicate)
		return;
	begin_line(d, 1, "predicate\n");
	dump_node(d, predicate, 2);
}

static void dump_clause(struct dump *d, const struct clause *clause)
{
	begin_line(d, 0, "clause\n");
	for (uint32_t i = 0; i < clause->point_count; i++) {
		begin_line(d, 1, "point ");
		text_printf(d->out, "%s\n", clause->points[i].name);
	}
	dump_predicate(d, clause->predicate);
	dump_node(d, clause->body, 1);
}

static void dump_probe(struct dump *d, const struct probe *probe)
{
	begin_line(d, 0, "probe ");
	text_printf(d->out, "%s\n", probe->name);
	dump_predicate(d, probe->predicate);
	dump_node(d, probe->body, 1);
}

void script_dump(const struct script *script, bool types, struct text *out)
{
	struct dump d = {.out = out, .types = types};

	for (const struct clause *clause = script->clauses; clause && !types; clause = clause->next)
		dump_clause(&d, clause);
	for (const struct probe *probe = script->probes; probe && types; probe = probe->next)
		dump_probe(&d, probe);
}

/* ---- copy --------------------------------------------------------------- */

static struct node *copy_list(struct arena *arena, const struct node *node)
{
	struct node *first = NULL, **last = &first;

	for (; node; node = node->next) {
		*last = node_copy(arena, node);
		last = &(*last)->next;
	}
	return first;
}

struct node *node_copy(struct arena *arena, const struct node *node)
{
	struct node *copy;

	if (!node)
		return NULL;
	copy = arena_memdup(arena, node, sizeof(*node));
	copy->left = node_copy(arena, node->left);
	copy->right = node_copy(arena, node->right);
	copy->third = node_copy(arena, node->third);
	copy->list = copy_list(arena, node->list);
	copy->next = NULL;
	return copy;
}
