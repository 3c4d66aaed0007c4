"""onnxruntime: a model of one node, Einsum or Attention, run on memory that is bound once."""

from benchmarks.peers.engines.base import (
    Call,
    CannotRun,
    Engine,
    ascii_subscripts,
    attention_of,
    empty_result,
    import_or_missing,
)

OPSET = 23  # the first with Attention


class Model(Engine):
    name = "onnxruntime"
    about = "a model of one node, Einsum or Attention, with bound inputs and output"

    def __init__(self, threads):
        super().__init__(threads)
        self.runtime = import_or_missing("onnxruntime")
        self.onnx = import_or_missing("onnx")

    def version(self):
        return self.runtime.__version__

    def prepare(self, case, operands):
        helper = self.onnx.helper
        kinds = {"f32": "FLOAT", "f64": "DOUBLE", "i32": "INT32", "i64": "INT64"}
        if len(operands) > 3 and not case.program:
            raise CannotRun("it contracts from left to right, whatever that costs")
        if case.dtype not in kinds:
            raise CannotRun(f"its nodes have no kernel for {case.dtype}")
        kind = getattr(self.onnx.TensorProto, kinds[case.dtype])
        out = empty_result(case)
        names = [f"x{number}" for number in range(len(operands))]
        if case.program:
            causal = attention_of(case)
            heads = case.shapes[0][2]
            # b q (h c): three labels, which is how Attention takes heads that lie inside.
            operands = [operand.reshape(*operand.shape[:2], -1) for operand in operands]
            out_bound = out.reshape(*out.shape[:2], -1)
            node = helper.make_node("Attention", names, ["y"], q_num_heads=heads, kv_num_heads=heads, is_causal=int(causal))
        else:
            out_bound = out
            node = helper.make_node("Einsum", names, ["y"], equation=ascii_subscripts(case))
        inputs = [helper.make_tensor_value_info(name, kind, operand.shape) for name, operand in zip(names, operands)]
        result = helper.make_tensor_value_info("y", kind, out_bound.shape)
        graph = helper.make_graph([node], "case", inputs, [result])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
        session = self.session(model.SerializeToString())
        binding = session.io_binding()
        for name, operand in zip(names, operands):
            binding.bind_ortvalue_input(name, self.runtime.OrtValue.ortvalue_from_numpy(operand))
        # Where the result lies: an OrtValue over the same memory, so nothing is copied afterwards.
        binding.bind_output("y", "cpu", 0, out.dtype, out_bound.shape, out.ctypes.data)

        def run():
            session.run_with_iobinding(binding)
            return out

        return Call(run)

    def session(self, model):
        options = self.runtime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Its workers otherwise wait busily, and would slow the next library down.
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        options.add_session_config_entry("session.force_spinning_stop", "1")
        return self.runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
