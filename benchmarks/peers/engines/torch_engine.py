"""torch on the processor: einsum, matmul, and its scaled dot product attention. What einsum returns as a view is made contiguous."""

from benchmarks.peers.engines.base import Call, CannotRun, Engine, ascii_subscripts, attention_of, import_or_missing, is_matrix_product
from benchmarks.peers.engines.torch_layers import LAYERS, layer_of


def to_torch(torch, array):
    """Without a copy. bf16 passes as 16 bits, which torch then reads as its own type."""
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view("int16")).view(torch.bfloat16)
    return torch.from_numpy(array)


def to_numpy(torch, tensor):
    if tensor.dtype == torch.bfloat16:
        return tensor.to(torch.float32).numpy()
    return tensor.numpy()


class Einsum(Engine):
    name = "torch"
    about = "torch.einsum(...).contiguous(); programs by scaled_dot_product_attention"

    def __init__(self, threads):
        self.torch = import_or_missing("torch")
        self.torch.set_grad_enabled(False)
        self.set_threads(threads)

    def version(self):
        return self.torch.__version__

    def set_threads(self, threads):
        self.threads = threads
        self.torch.set_num_threads(threads)
        # As einc's streams do. The encoders of the suite layers have large scores, weights below the smallest normal number, and
        # torch takes 1.5 times as long over those: a property of the operands here, not of the engine.
        self.torch.set_flush_denormal(True)

    def call(self, run):
        return Call(run, lambda tensor: to_numpy(self.torch, tensor))

    def prepare(self, case, operands):
        torch = self.torch
        tensors = [to_torch(torch, operand) for operand in operands]
        if case.program_file in LAYERS:
            return self.call(layer_of(torch, case, tensors))
        if case.program:
            causal = attention_of(case)
            q, k, v = (tensor.transpose(1, 2) for tensor in tensors)
            attention = torch.nn.functional.scaled_dot_product_attention
            return self.call(lambda: attention(q, k, v, is_causal=causal).transpose(1, 2).contiguous())
        text = ascii_subscripts(case)
        einsum = torch.einsum
        if len(tensors) == 1 and len(case.output) == len(case.terms[0]):
            tensor = tensors[0]
            return self.call(lambda: einsum(text, tensor).contiguous())
        if len(tensors) == 2:
            first, second = tensors
            return self.call(lambda: einsum(text, first, second).contiguous())
        return self.call(lambda: einsum(text, *tensors).contiguous())


class Matmul(Einsum):
    name = "torch-matmul"
    about = "torch.matmul(a, b, out=...)"

    def prepare(self, case, operands):
        if not is_matrix_product(case):
            raise CannotRun("no matrix product as it stands")
        torch = self.torch
        first, second = (to_torch(torch, operand) for operand in operands)
        out = torch.zeros(case.output_shape, dtype=first.dtype)
        matmul = torch.matmul
        return self.call(lambda: matmul(first, second, out=out))
